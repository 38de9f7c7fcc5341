// How likely does a model find a text? The logarithm of that is what perplexity, comparisons of models and choices
// between answers are made of.
import { open } from "basewise";

await using model = await open("mini-base", { for: "complete" });
for (const text of ["The cat sat in the sun.", "Sun the in sat cat the."]) {
  const { logLikelihood, tokens } = await model.score(text);
  const scored = tokens.filter(({ logProbability }) => logProbability !== null);
  const perplexity = Math.exp(-logLikelihood / scored.length);
  console.log(`${text}  perplexity ${perplexity.toFixed(1)}`);
}
