/** ln Σ e^logit, computed without overflow. */
export function logSumExp(logits: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return largest + Math.log(sum);
}

/** The ids of the highest logits, highest first; of equal ones the lower id. */
export function highest(logits: Float32Array, count: number): number[] {
  const best: { id: number; logit: number }[] = [];
  logits.forEach((logit, id) => {
    const last = best.at(-1);
    if (best.length >= count && (last === undefined || logit <= last.logit)) return;
    const at = best.findIndex((other) => logit > other.logit);
    best.splice(at === -1 ? best.length : at, 0, { id, logit });
    if (best.length > count) best.pop();
  });
  return best.map(({ id }) => id);
}
