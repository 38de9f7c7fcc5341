/** A value and where it falls fastest uphill. */
export interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

const MEMORY = 10;
/** Armijo's and Wolfe's constants: Nocedal & Wright 2006, chapter 3.1. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
const MOST_TRIALS = 20;

/**
 * Minimises a smooth function with L-BFGS (Liu & Nocedal 1989) and a weak Wolfe line search by bisection (Lewis &
 * Overton 2013): until the gradient is below `tolerance` times that at the start, or after `mostSteps`.
 */
export async function minimise(
  at: (x: Float64Array) => Promise<Evaluated>,
  start: Float64Array,
  { mostSteps, tolerance }: { readonly mostSteps: number; readonly tolerance: number },
): Promise<{ readonly x: Float64Array; readonly value: number; readonly steps: number }> {
  let x = start;
  let here = await at(x);
  const enough = tolerance * norm(here.gradient);
  const pairs: { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[] = [];
  let steps = 0;
  for (; steps < mostSteps && norm(here.gradient) > enough; steps++) {
    const direction = descent(here.gradient, pairs);
    const first = pairs.length === 0 ? 1 / Math.max(1, norm(here.gradient)) : 1;
    const found = await search(at, x, here, direction, first);
    if (found === undefined) break; // as far as the precision of the function goes
    const s = difference(found.x, x);
    const y = difference(found.evaluated.gradient, here.gradient);
    const sy = dot(s, y);
    if (sy > 0) pairs.push({ s, y, rho: 1 / sy });
    if (pairs.length > MEMORY) pairs.shift();
    ({ x, evaluated: here } = found);
  }
  return { x, value: here.value, steps };
}

async function search(
  at: (x: Float64Array) => Promise<Evaluated>,
  x: Float64Array,
  here: Evaluated,
  direction: Float64Array,
  first: number,
): Promise<{ x: Float64Array; evaluated: Evaluated } | undefined> {
  const slope = dot(here.gradient, direction);
  let [low, high, step] = [0, Number.POSITIVE_INFINITY, first];
  let best: { x: Float64Array; evaluated: Evaluated } | undefined;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const there = x.map((value, i) => value + step * (direction[i] ?? 0));
    const evaluated = await at(there);
    if (!(evaluated.value <= here.value + DECREASE * step * slope)) high = step;
    else {
      best = { x: there, evaluated };
      if (dot(evaluated.gradient, direction) >= CURVATURE * slope) return best;
      low = step;
    }
    step = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
  }
  return best;
}

/** The two-loop recursion: minus the gradient, multiplied by the approximate inverse Hessian. */
function descent(
  gradient: Float64Array,
  pairs: readonly { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[],
): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas: number[] = [];
  for (const { s, y, rho } of pairs.toReversed()) {
    const alpha = rho * dot(s, q);
    alphas.unshift(alpha);
    addScaled(q, y, -alpha);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    q.forEach((value, i) => {
      q[i] = scale * value;
    });
  }
  pairs.forEach(({ s, y, rho }, i) => {
    addScaled(q, s, (alphas[i] ?? 0) - rho * dot(y, q));
  });
  return q;
}

function addScaled(to: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) + factor * (values[i] ?? 0);
}

function difference(one: Float64Array, other: Float64Array): Float64Array {
  return one.map((value, i) => value - (other[i] ?? 0));
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] ?? 0) * (other[i] ?? 0);
  return sum;
}

function norm(values: Float64Array): number {
  return Math.sqrt(dot(values, values));
}
