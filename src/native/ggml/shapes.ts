import { GgmlError } from "./error.ts";
import type { Tensor } from "./tensor.ts";

/** A tensor, as far as its shape is concerned. */
type Shaped = Pick<Tensor, "shape">;

export function requireShapes(fit: boolean, a: Shaped, b: Shaped): void {
  if (fit) return;
  const [one, other] = [a, b].map(({ shape }) => `[${shape.join(", ")}]`);
  throw new GgmlError({
    en: `Tensors of the shapes ${one} and ${other} do not go together in this operation.`,
    zh: `形状为 ${one} 与 ${other} 的张量不能用于该操作。`,
  });
}

export function requireSameShape(a: Shaped, b: Shaped): void {
  requireShapes(
    a.shape.every((size, i) => size === b.shape[i]),
    a,
    b,
  );
}

/** Whether repeating the small one fills the large one. */
export function requireRepeats(small: Shaped, large: Shaped): void {
  requireShapes(
    small.shape.every((size, i) => (large.shape[i] ?? 0) % size === 0),
    small,
    large,
  );
}
