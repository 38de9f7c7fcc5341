// Vectors of texts, such that like texts lie near each other. An embedding model was trained for that; of a base model
// one can have vectors too, with a warning of what to expect: compare the similarities with each other only.
import { open } from "basewise";

await using model = await open("mini-base", { for: "embed" });
const texts = ["The cat sleeps in the sun.", "A cat sleeps.", "Two and three is five."];
const { vectors, dimensions, warnings } = await model.embed(texts);
console.log(`${vectors.length} vectors of ${dimensions} dimensions`);

const [first, like, unlike] = vectors;
const cosine = (one?: Float32Array, other?: Float32Array): number =>
  one?.reduce((sum, value, i) => sum + value * (other?.[i] ?? 0), 0) ?? Number.NaN;
// They have the length 1, so the product is the cosine of the angle between them.
console.log(`like: ${cosine(first, like).toFixed(3)}  unlike: ${cosine(first, unlike).toFixed(3)}`);
console.log(`warning: ${warnings[0]?.en}`);
