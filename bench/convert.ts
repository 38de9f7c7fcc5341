import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mebibytes, median } from "./measure.ts";

/**
 * Converting a folder of bf16 weights beside copying the same bytes on the same disk, both until they are on disk.
 * `npm run bench:convert [-- --gigabytes 1 --rounds 5]`, after `npm run build`; peak memory is that of the process.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "1" },
    rounds: { type: "string", default: "5" },
    type: { type: "string" },
  },
});
const work = `${root}build/bench-convert`;
const folder = `${work}/model`;
const fixture = `${root}test/fixtures/convert/tiny-qwen3-instruct`;
const SHAPE = { hidden: 2048, feedForward: 6144, heads: 16, kvHeads: 8, head: 128, rows: 32_000 };

makeModel(Math.max(1, Math.round((Number(options.gigabytes) * 1e9 - 4 * SHAPE.rows * SHAPE.hidden) / 100e6)));
const bytes = statSync(`${folder}/model.safetensors`).size;
const convertWords = JSON.stringify({ output: `${work}/out.gguf`, force: true, type: options.type });
const cases = {
  copy: `import { copyFileSync, openSync, fsyncSync } from "node:fs";
    copyFileSync(${JSON.stringify(`${folder}/model.safetensors`)}, ${JSON.stringify(`${work}/copy`)});
    fsyncSync(openSync(${JSON.stringify(`${work}/copy`)}, "r+"));`,
  convert: `import { convert } from ${JSON.stringify(`${root}dist/convert/convert.js`)};
    await convert(${JSON.stringify(folder)}, ${convertWords});`,
};
const seconds = { copy: [] as number[], convert: [] as number[] };
const peaks: number[] = [];
for (let round = -1; round < Number(options.rounds); round++) {
  for (const name of ["copy", "convert"] as const) {
    rmSync(`${work}/copy`, { force: true });
    rmSync(`${work}/out.gguf`, { force: true });
    const run = measured(cases[name]);
    if (round < 0) continue; // the first round only warms the file cache
    seconds[name].push(run.seconds);
    if (name === "convert") peaks.push(run.peakBytes);
  }
}
const rate = (name: "copy" | "convert"): number => bytes / 1e6 / median(seconds[name]);
const ratio = median(seconds.copy) / median(seconds.convert);
console.log(
  `${mebibytes(bytes)} of bf16 weights, ${options.type ?? "kept as they are"}, ${options.rounds} rounds`,
);
console.log(
  `copy: median ${rate("copy").toFixed(0)} MB/s; convert: median ${rate("convert").toFixed(0)} MB/s`,
);
console.log(
  `convert: ${ratio.toFixed(2)}× of the copy (aim 0.80×), peak memory ${mebibytes(Math.max(...peaks))} (aim 512 MiB)`,
);
rmSync(work, { recursive: true, force: true });

/** Runs a module in a process of its own, and times what it does without the start of the process. */
function measured(source: string): { readonly seconds: number; readonly peakBytes: number } {
  const [imports = "", ...rest] = source.split(";\n");
  const code = `${imports};
    const start = performance.now();
    ${rest.join(";\n")}
    console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 }));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A qwen3 folder of this many layers, one file of weights; a block of noise is repeated. */
function makeModel(layers: number): void {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { hidden, feedForward, heads, kvHeads, head, rows } = SHAPE;
  const config = {
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    vocab_size: rows,
    hidden_size: hidden,
    intermediate_size: feedForward,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: head,
    max_position_embeddings: 40_960,
  };
  writeFileSync(`${folder}/config.json`, JSON.stringify(config));
  for (const name of ["tokenizer.json", "tokenizer_config.json", "generation_config.json"]) {
    if (existsSync(`${fixture}/${name}`)) copyFileSync(`${fixture}/${name}`, `${folder}/${name}`);
  }
  const shapes: [string, number[]][] = [["model.embed_tokens.weight", [rows, hidden]]];
  for (let layer = 0; layer < layers; layer++) {
    const inLayer: [string, number[]][] = [
      ["input_layernorm", [hidden]],
      ["self_attn.q_proj", [heads * head, hidden]],
      ["self_attn.k_proj", [kvHeads * head, hidden]],
      ["self_attn.v_proj", [kvHeads * head, hidden]],
      ["self_attn.o_proj", [hidden, heads * head]],
      ["self_attn.q_norm", [head]],
      ["self_attn.k_norm", [head]],
      ["post_attention_layernorm", [hidden]],
      ["mlp.gate_proj", [feedForward, hidden]],
      ["mlp.up_proj", [feedForward, hidden]],
      ["mlp.down_proj", [hidden, feedForward]],
    ];
    shapes.push(
      ...inLayer.map(([name, shape]): [string, number[]] => [`model.layers.${layer}.${name}.weight`, shape]),
    );
  }
  shapes.push(["model.norm.weight", [hidden]], ["lm_head.weight", [rows, hidden]]);
  let end = 0;
  const header = Object.fromEntries(
    shapes.map(([name, shape]) => {
      const begin = end;
      end += 2 * shape.reduce((product, size) => product * size, 1);
      return [name, { dtype: "BF16", shape, data_offsets: [begin, end] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const noise = new Uint16Array(2 ** 22).map(() => 0x3c00 + Math.random() * 0x100);
  const file = openSync(`${folder}/model.safetensors`, "w");
  writeSync(file, Buffer.concat([length, text]));
  const block = new Uint8Array(noise.buffer);
  for (let at = 0; at < end; at += block.length)
    writeSync(file, block.subarray(0, Math.min(block.length, end - at)));
}
