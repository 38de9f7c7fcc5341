const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};
const DECIMAL: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** The bytes of `8GiB`, `8G` (the same), `8GB` (8 · 10⁹) or `500MiB`; nothing where it is no size. */
export function bytesOf(text: string): number | undefined {
  const [, digits, prefix = "", ending = ""] =
    /^(\d+(?:\.\d+)?|\.\d+)\s*([kmgt])(i?b)?$/i.exec(text.trim()) ?? [];
  const unit = prefix.toLowerCase();
  const factor = ending.toLowerCase() === "b" ? DECIMAL[unit] : UNITS[unit];
  const bytes = Number(digits) * (factor ?? Number.NaN);
  return bytes > 0 && Number.isFinite(bytes) ? bytes : undefined;
}
