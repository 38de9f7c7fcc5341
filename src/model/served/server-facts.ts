import { type Answers, numberOf } from "../../engine/remote/ask/answers.ts";
import { nameOfPath } from "../../hub/reference.ts";
import { blankFacts, type ModelFacts, type NameFact } from "../../stage/facts.ts";
import { withReading } from "../template-reading.ts";

const POOLINGS: readonly NonNullable<ModelFacts["pooling"]>[] = ["none", "mean", "cls", "last", "rank"];

/** The model behind a server, as a GGUF of which only some keys are known. */
export async function factsOfServer(url: string, answers: Answers): Promise<ModelFacts> {
  const { model, file, root, metadata = {}, architecture, template, eos } = answers;
  const own = [model, root, file === undefined ? undefined : nameOfPath(file)].filter(
    (name) => name !== undefined,
  );
  const names: NameFact[] = [...new Set(own)].map((name) => ({ from: "reference", name }));
  const general = metadata["general.name"];
  const pooling = numberOf(metadata[`${architecture}.pooling_type`]);
  return withReading({
    ...blankFacts(model ?? url, "GGUF"),
    names: typeof general === "string" ? [...names, { from: "general.name", name: general }] : names,
    architecture,
    template,
    edges: {
      ...(answers.bos === undefined ? {} : { begin: answers.bos }),
      ...(eos === undefined ? {} : { end: eos }),
    },
    pooling: pooling === undefined ? undefined : POOLINGS[pooling],
    ends:
      eos === undefined
        ? []
        : [{ from: "GGUF", key: "tokenizer.ggml.eos_token_id", id: undefined, text: eos }],
  });
}
