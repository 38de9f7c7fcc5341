import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as Reference } from "@huggingface/tokenizers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { vocabularyMetadata } from "../../src/convert/vocabulary.ts";
import { Tokenizer } from "../../src/formats/tokenizer/tokenizer.ts";
import { parseTokenizerJson, type TokenizerFile } from "../../src/formats/tokenizer/tokenizer-json.ts";
import { type GgufValue, writeGguf } from "../../src/native/gguf-writer.ts";
import { LlamaModel } from "../../src/native/llama/model.ts";
import { temporaryFolder } from "../support/gguf.ts";
import { mixedCorpus } from "./mixed-corpus.ts";
import { publishedTokenizer } from "./published-tokenizers.ts";

/** A model of one layer of nothing with this vocabulary, which is all that libllama needs to tokenize. */
async function vocabularyFile(entries: readonly [string, GgufValue][], rows: number): Promise<string> {
  const path = join(temporaryFolder(), "vocabulary.gguf");
  const width = 32;
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", "llama"],
    ["general.type", "model"],
    ["llama.context_length", 64],
    ["llama.embedding_length", width],
    ["llama.block_count", 1],
    ["llama.feed_forward_length", width],
    ["llama.attention.head_count", 1],
    ["llama.attention.layer_norm_rms_epsilon", { f32: 1e-6 }],
    ...entries,
  ]);
  const zeros = (name: string, ...sizes: number[]) => ({
    name,
    sizes,
    type: "f32" as const,
    pieces: () => [new Uint8Array(4 * sizes.reduce((product, size) => product * size, 1))],
  });
  const matrices = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
  await writeGguf(path, metadata, [
    zeros("token_embd.weight", width, rows),
    zeros("output_norm.weight", width),
    zeros("blk.0.attn_norm.weight", width),
    zeros("blk.0.ffn_norm.weight", width),
    ...matrices.map((name) => zeros(`blk.0.${name}.weight`, width, width)),
  ]);
  return path;
}

/** Rows of the smallest embedding that holds all tokens. */
function rowsOf({ vocabulary, addedTokens }: TokenizerFile): number {
  let last = 0;
  for (const id of [...vocabulary.values(), ...addedTokens.map(({ id }) => id)]) last = Math.max(last, id);
  return last + 1;
}

/** The tokenizer that our own training and prompts use, from the same file. */
function ownTokenizer({ vocabulary, merges, addedTokens }: TokenizerFile): Tokenizer {
  const tokens: string[] = [];
  for (const [text, id] of vocabulary) tokens[id] = text;
  for (const { id, text } of addedTokens) tokens[id] = text;
  return new Tokenizer({
    tokens,
    merges: merges.map((merge) => merge.join(" ")),
    controlTokens: addedTokens,
  });
}

/**
 * Letters that Unicode assigned after version 15.0, the one of libllama's tables: it takes them for marks, and so may
 * cut a text beside them in another place. They are the only difference.
 */
const RECENT =
  /[\u{897}\u{88F}\u{C5C}\u{CDC}\u{1C89}\u{1C8A}\u{A7CB}-\u{A7CF}\u{A7D2}\u{A7D4}\u{A7DA}-\u{A7DC}\u{A7F1}\u{105C0}-\u{105F3}\u{10940}-\u{10959}\u{10D40}-\u{10D8F}\u{10EC2}-\u{10EC7}\u{10EFA}-\u{10EFC}\u{11380}-\u{113E2}\u{116D0}-\u{116E3}\u{11BC0}-\u{11BF9}\u{11DB0}-\u{11DE9}\u{13460}-\u{143FA}\u{16100}-\u{16139}\u{16D40}-\u{16D79}\u{16EA0}-\u{16ED3}\u{16FF2}-\u{16FF6}\u{187F8}-\u{187FF}\u{18CFF}\u{18D09}-\u{18D1E}\u{18D80}-\u{18DF2}\u{1CCF0}-\u{1CCF9}\u{1E5D0}-\u{1E5FA}\u{1E6C0}-\u{1E6FF}\u{2B73A}-\u{2B73F}\u{2CEA2}-\u{2CEAD}\u{2EBF0}-\u{2EE5D}\u{323B0}-\u{33479}]/u;

const texts = mixedCorpus();
const NAMES = ["tokenizer-qwen3", "tokenizer-llama3_1", "tokenizer-llama2"] as const;
for (const name of NAMES) {
  const found = await publishedTokenizer(name);
  if ("reason" in found) console.log(`skipped: ${found.reason}`);

  /** A vocabulary that a model was published with, converted, beside the reference on the same text. */
  describe.skipIf("reason" in found)(name, () => {
    let file: TokenizerFile;
    let model: LlamaModel;
    let reference: (text: string) => readonly number[];
    let normalized: (text: string) => string;

    beforeAll(async () => {
      if (!("path" in found)) return;
      const source = readFileSync(`${found.path}/tokenizer.json`, "utf8");
      const settings = JSON.parse(readFileSync(`${found.path}/tokenizer_config.json`, "utf8"));
      file = parseTokenizerJson("tokenizer.json", source);
      const rows = rowsOf(file);
      model = new LlamaModel(await vocabularyFile(vocabularyMetadata(file, rows), rows));
      const theirs = new Reference(JSON.parse(source), settings);
      reference = (text) => theirs.encode(text, { add_special_tokens: false }).ids;
      // The file records it, and the engine normalizes before it asks the library.
      const normalizes = file.normalizers.some(({ type }) => type === "NFC");
      normalized = (text) => (normalizes ? text.normalize("NFC") : text);
    });
    afterAll(() => model?.[Symbol.dispose]());

    test("gives the reference's ids on a mixed corpus", { timeout: 1_200_000 }, () => {
      const own = name === "tokenizer-qwen3" ? ownTokenizer(file) : undefined;
      const isPlain = (text: string): boolean => !file.addedTokens.some((token) => text.includes(token.text));
      let tokens = 0;
      let bytes = 0;
      for (const text of texts.filter((one) => isPlain(one) && !RECENT.test(one))) {
        const ids = reference(text);
        tokens += ids.length;
        bytes += Buffer.byteLength(text);
        expectSame("libllama", text, model.vocabulary.tokenize(normalized(text)), ids);
        if (own !== undefined) expectSame("our own", text, own.encode(normalized(text)), ids);
      }
      console.log(`${name}: ${tokens} tokens of ${bytes} bytes are the same`);
      expect(bytes).toBeGreaterThan(1_500_000);
    });

    test("names every added token as the reference does", () => {
      for (const { id, text } of file.addedTokens) {
        expect({ text, ids: reference(text) }).toEqual({ text, ids: [id] });
        expect(model.vocabulary.textOf(id)).toBe(text);
        expect(model.vocabulary.kindOf(id)).not.toBe("ordinary");
      }
    });

    test.runIf(name === "tokenizer-qwen3")(
      "takes every character but recent letters for the same kind",
      { timeout: 600_000 },
      () => {
        const differs = (text: string): boolean =>
          model.vocabulary.tokenize(normalized(text)).join() !== reference(text).join();
        // Beside a letter "-O" stays whole, and beside a mark "-" goes with the mark; a space goes with both.
        const probe = (character: string): string => `${character}-O ${character}\n`;
        const different = allCharacters()
          .filter((characters) => differs(characters.map(probe).join("")))
          .flatMap((characters) => characters.filter((character) => differs(probe(character))));
        expect(different.filter((character) => !RECENT.test(character))).toEqual([]);
      },
    );
  });
}

/** Faster than an expectation for every text. */
function expectSame(who: string, text: string, ids: readonly number[], expected: readonly number[]): void {
  if (ids.join() !== expected.join()) expect({ who, text, ids }).toEqual({ who, text, ids: expected });
}

/** All of Unicode in groups, without the ten thousands of Han, Hangul and Tangut characters that are alike. */
function allCharacters(): string[][] {
  const ALIKE = /[\p{Script=Hangul}\p{Unified_Ideograph}\p{Script=Tangut}\p{Co}\p{Cn}]/u;
  const groups: string[][] = [];
  const characters: string[] = [];
  for (let code = 0; code < 0x110000; code++) {
    const character = String.fromCodePoint(code);
    if (/\p{Cs}/u.test(character) || (ALIKE.test(character) && code % 500 !== 0)) continue;
    characters.push(character);
    if (characters.length === 200) groups.push(characters.splice(0));
  }
  return [...groups, characters];
}
