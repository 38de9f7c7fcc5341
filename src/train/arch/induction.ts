import type { Random } from "../random.ts";
import type { ModelConfig } from "./config.ts";

/** What of the residual stream the circuit uses: the token itself, the token before it, and one constant number. */
const TOKEN_DEVIATION = 0.1;
const CONSTANT = 1;
/** How strongly the circuit reads: about as strongly as random weights do. */
const READ = 0.3;
/** How strongly a head writes what it has read. */
const WRITE = 1;
/** The gain of query and key norms: the scores of a match must stand out among a few hundred tokens. */
const SHARPNESS = 1.5;
/** The quickest rotations tell the token before from its neighbours; slower ones cannot. */
const NEAR_ROTATIONS = 6;

/** Whether a model is large enough to hold the circuit. */
export function holdsInductionHeads({ layers, hiddenSize, headSize }: Shape): boolean {
  return layers >= 2 && hiddenSize > 2 * headSize;
}

type Shape = Pick<ModelConfig, "layers" | "hiddenSize" | "headSize">;

/**
 * Writes an induction circuit into random weights: a head of the first layer notes at each token which token came
 * before it, and heads of the second layer look for the place whose token before is the present one, and say what
 * stands there. Large models find this circuit after some billion tokens (Olsson et al. 2022, "In-context Learning and
 * Induction Heads"); a small one that reads a few million never does, and without it copies nothing it was told. That
 * structure in the starting weights can stand in for long training is the finding of Trockman & Kolter 2023, "Mimetic
 * Initialization of Self-Attention Layers". All of it is learned further like any weight.
 */
export function layInductionHeads(
  config: ModelConfig,
  weights: ReadonlyMap<string, Float32Array>,
  random: Random,
): void {
  const { hiddenSize: width, heads, kvHeads, headSize, ropeBase, vocabularySize } = config;
  if (!holdsInductionHeads(config)) throw new RangeError("too small a model to lay induction heads into");
  const tokenSize = width - headSize - 1;
  const constant = unit(width, width - 1);
  const before = (i: number) => unit(width, tokenSize + i);

  const valuesOf = (name: string): Float32Array => {
    const values = weights.get(name);
    if (values === undefined) throw new RangeError(`the model has no weight named ${name}`);
    return values;
  };
  /** Makes one output of a projection read the stream along a direction. */
  const read = (name: string, output: number, direction: Float32Array, strength: number) =>
    valuesOf(name).set(
      direction.map((value) => value * strength),
      output * width,
    );
  /** Makes one value of a head be written into the stream along a direction. */
  const write = (name: string, head: number, value: number, direction: Float32Array) => {
    const output = valuesOf(name);
    direction.forEach((part, i) => {
      output[i * heads * headSize + head * headSize + value] = part * WRITE;
    });
  };

  const embedding = valuesOf("token_embd.weight");
  for (let token = 0; token < vocabularySize; token++) {
    for (let i = 0; i < width; i++) {
      embedding[token * width + i] =
        i < tokenSize ? TOKEN_DEVIATION * random.normal() : i === width - 1 ? CONSTANT : 0;
    }
  }
  for (const layer of [0, 1]) {
    for (const part of ["q", "k"]) valuesOf(`blk.${layer}.attn_${part}_norm.weight`).fill(SHARPNESS);
  }

  // First layer, first head: its query and key depend on nothing but the place, and agree best one token apart.
  const identity = orthonormal(headSize, tokenSize, width, random);
  const half = headSize / 2;
  for (let i = 0; i < headSize; i++) {
    const rotation = i % half;
    const angle = ropeBase ** (-rotation / half);
    const used = rotation < NEAR_ROTATIONS;
    read("blk.0.attn_q.weight", i, constant, used && i < half ? READ : 0);
    read(
      "blk.0.attn_k.weight",
      i,
      constant,
      used ? READ * (i < half ? Math.cos(angle) : Math.sin(angle)) : 0,
    );
  }
  identity.forEach((direction, i) => {
    read("blk.0.attn_v.weight", i, direction, READ);
    write("blk.0.attn_output.weight", 0, i, before(i));
  });

  // Second layer, the first head of each group: the present token is sought among the tokens before; each group says
  // another part of the token that stands there.
  const said = orthonormal(Math.min(tokenSize, kvHeads * headSize), tokenSize, width, random);
  for (let group = 0; group < kvHeads; group++) {
    const head = (group * heads) / kvHeads;
    identity.forEach((direction, i) => {
      read("blk.1.attn_q.weight", head * headSize + i, direction, READ);
      read("blk.1.attn_k.weight", group * headSize + i, before(i), READ);
    });
    said.slice(group * headSize, (group + 1) * headSize).forEach((direction, i) => {
      read("blk.1.attn_v.weight", group * headSize + i, direction, READ);
      write("blk.1.attn_output.weight", head, i, direction);
    });
  }
}

function unit(width: number, at: number): Float32Array {
  const direction = new Float32Array(width);
  direction[at] = 1;
  return direction;
}

/** Random directions at right angles to each other (Gram & Schmidt), within the first `size` of `width` numbers. */
function orthonormal(count: number, size: number, width: number, random: Random): Float32Array[] {
  const found: Float32Array[] = [];
  while (found.length < count) {
    const direction = Float32Array.from({ length: width }, (_, i) => (i < size ? random.normal() : 0));
    for (const other of found) {
      const share = dot(direction, other);
      other.forEach((value, i) => {
        direction[i] = (direction[i] ?? 0) - share * value;
      });
    }
    const length = Math.sqrt(dot(direction, direction));
    found.push(direction.map((value) => value / length));
  }
  return found;
}

const dot = (one: Float32Array, two: Float32Array): number =>
  one.reduce((sum, value, i) => sum + value * (two[i] ?? 0), 0);
