import type { GgufHeader } from "../formats/gguf/header.ts";
import {
  blankFacts,
  type CardFacts,
  type EndFact,
  type ModelFacts,
  type NameFact,
  type Token,
} from "../stage/facts.ts";
import { COUNTERPART_KEY, STAGE_KEY } from "../stage/signals/recorded.ts";
import { fileFactsOfGguf } from "./file-facts.ts";

/** `<architecture>.pooling_type` by its number (llama.cpp's `llama_pooling_type`). */
const POOLINGS: readonly NonNullable<ModelFacts["pooling"]>[] = ["none", "mean", "cls", "last", "rank"];
/** `tokenizer.ggml.token_type`: control tokens, and those that a user added. */
const CONTROL_TYPES: readonly number[] = [3, 4];
/** Tokens that only fill the vocabulary up. */
const UNUSED_TYPE = 5;
const MOST_UNUSED = 64;

/** The facts about the stage that a GGUF header holds. `names` are those the model was asked for by. */
export function factsOfGguf(reference: string, names: readonly NameFact[], header: GgufHeader): ModelFacts {
  const { metadata, architecture } = header;
  const fineTune = metadata.string("general.finetune");
  const specialTokens = controlTokens(header);
  return {
    ...blankFacts(reference, "GGUF"),
    names: [
      ...names,
      ...(header.name === undefined ? [] : [{ from: "general.name", name: header.name } as const]),
      ...(fineTune === undefined ? [] : [{ from: "general.finetune", name: fineTune } as const]),
    ],
    recordedStage: metadata.string(STAGE_KEY),
    recordedCounterpart: metadata.string(COUNTERPART_KEY),
    fileType: metadata.string("general.type"),
    architecture,
    labels: metadata.strings(`${architecture}.classifier.output_labels`),
    vocabularySize: metadata.lengthOf("tokenizer.ggml.tokens"),
    window: metadata.number(`${architecture}.context_length`),
    card: cardOf(header),
    pooling: POOLINGS[metadata.number(`${architecture}.pooling_type`) ?? -1],
    hasScoreHead: header.tensors.some(({ name }) => /^cls(\.output)?\.weight$/.test(name)),
    specialTokens,
    unusedTokens: unusedTokens(header),
    ends: endsOf(header),
    edges: edgesOf(header),
    template: metadata.string("tokenizer.chat_template"),
    files: fileFactsOfGguf(header, specialTokens),
    hasRerankTemplate: metadata.string("tokenizer.chat_template.rerank") !== undefined,
  };
}

/** The fields of the model card that a converter copies into the file. */
function cardOf({ metadata }: GgufHeader): CardFacts {
  const parents = Array.from({ length: Math.min(metadata.number("general.base_model.count") ?? 0, 8) })
    .map((_, index) => `general.base_model.${index}`)
    .map((key) => repositoryOf(metadata.string(`${key}.repo_url`)) ?? metadata.string(`${key}.name`))
    .filter((name) => name !== undefined);
  return {
    task: undefined,
    tags: metadata.strings("general.tags") ?? [],
    library: undefined,
    licence: metadata.string("general.license"),
    parents,
    relation: undefined,
    prose: "",
  };
}

/** `owner/name` of an address on a hub. */
function repositoryOf(address: string | undefined): string | undefined {
  return /^https?:\/\/[^/]+\/([^/]+\/[^/?#]+)/.exec(address ?? "")?.[1];
}

function endsOf(header: GgufHeader): EndFact[] {
  return ["eos", "eot", "eom"].flatMap((end) => {
    const key = `tokenizer.ggml.${end}_token_id`;
    const id = header.metadata.number(key);
    if (id === undefined) return [];
    return [{ from: "GGUF", key, id, text: header.metadata.stringAt("tokenizer.ggml.tokens", id) } as const];
  });
}

function edgesOf({ metadata }: GgufHeader): ModelFacts["edges"] {
  const of = (which: "bos" | "eos"): string | undefined => {
    const id = metadata.number(`tokenizer.ggml.${which}_token_id`);
    return id === undefined ? undefined : metadata.stringAt("tokenizer.ggml.tokens", id);
  };
  const [begin, end] = [of("bos"), of("eos")];
  return { ...(begin === undefined ? {} : { begin }), ...(end === undefined ? {} : { end }) };
}

function controlTokens(header: GgufHeader): Token[] | undefined {
  const types = header.metadata.numbers("tokenizer.ggml.token_type");
  return types?.flatMap((type, id) =>
    CONTROL_TYPES.includes(type) ? [{ id, text: header.metadata.stringAt("tokenizer.ggml.tokens", id) }] : [],
  );
}

function unusedTokens({ metadata }: GgufHeader): number[] {
  const types = metadata.numbers("tokenizer.ggml.token_type");
  return types?.flatMap((type, id) => (type === UNUSED_TYPE ? [id] : [])).slice(0, MOST_UNUSED) ?? [];
}
