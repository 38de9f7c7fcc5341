import { TOOL_TEMPLATE_KEY } from "../formats/gguf/metadata.ts";
import type { TokenizerFile } from "../formats/tokenizer/tokenizer-json.ts";
import { isJsonObject, type ModelFolder } from "../hub/model-folder.ts";
import { frontMatterOf } from "../model/card-facts.ts";
import type { GgufValue } from "../native/gguf-writer.ts";
import { FILE_TYPES, type RowType } from "../native/rows.ts";
import type { ModelConfig } from "./model-config.ts";
import { ropeMetadata } from "./rope.ts";

type Entry = [string, GgufValue];

/** `<architecture>.pooling_type`; source: `enum llama_pooling_type`. */
const POOLINGS: readonly (readonly [string, number])[] = [
  ["pooling_mode_lasttoken", 3],
  ["pooling_mode_cls_token", 2],
  ["pooling_mode_mean_tokens", 1],
];

/** What the file says of itself: the shape of the model. */
export function shapeMetadata(config: ModelConfig, folder: ModelFolder, type: RowType): Entry[] {
  const { architecture, headSize } = config;
  const pooling = POOLINGS.find(([mode]) => folder.poolingConfig?.[mode] === true)?.[1];
  const own: Entry[] = [
    ["context_length", config.context],
    ["embedding_length", config.hiddenSize],
    ["block_count", config.layers],
    ["feed_forward_length", config.feedForwardSize],
    ["attention.head_count", config.heads],
    ["attention.head_count_kv", config.kvHeads],
    ["attention.key_length", headSize],
    ["attention.value_length", headSize],
    ["attention.layer_norm_rms_epsilon", { f32: config.epsilon }],
    ["vocab_size", config.vocabularySize],
    ["rope.dimension_count", headSize],
    ["rope.freq_base", { f32: config.ropeBase }],
    ...ropeMetadata(config.ropeScaling).map(([key, value]): Entry => [`rope.scaling.${key}`, value]),
    ...(pooling === undefined ? [] : [["pooling_type", pooling] satisfies Entry]),
  ];
  return [
    ["general.file_type", FILE_TYPES[type]],
    ["general.quantization_version", 2], // GGML_QNT_VERSION
    ...own.map(([key, value]): Entry => [`${architecture}.${key}`, value]),
  ];
}

/** What the model card says of licence, languages, tags and lineage. */
export function cardMetadata({ card }: ModelFolder): Entry[] {
  if (card === undefined) return [];
  const fields = frontMatterOf(card);
  const one = (name: string, key: string): Entry[] => {
    const value = fields.get(key)?.[0];
    return value === undefined || value.includes("\0") ? [] : [[name, value]];
  };
  const all = (name: string, ...keys: string[]): Entry[] => {
    const found = keys.flatMap((key) => fields.get(key) ?? []).filter((value) => !value.includes("\0"));
    const strings = [...new Set(found)];
    return strings.length === 0 ? [] : [[name, { strings }]];
  };
  const parents = (fields.get("base_model") ?? []).filter((parent) => /^[\w.-]+\/[\w.-]+$/.test(parent));
  return [
    ...one("general.license", "license"),
    ...one("general.license.name", "license_name"),
    ...one("general.license.link", "license_link"),
    ...all("general.languages", "language"),
    ...all("general.tags", "tags", "pipeline_tag"),
    ...(parents.length === 0 ? [] : [["general.base_model.count", parents.length] satisfies Entry]),
    ...parents.flatMap((parent, at): Entry[] => {
      const [organization = "", name = ""] = parent.split("/");
      const key = `general.base_model.${at}`;
      return [
        [`${key}.name`, name],
        [`${key}.organization`, organization],
        [`${key}.repo_url`, `https://huggingface.co/${parent}`],
      ];
    }),
  ];
}

/** Sampling that the authors recommend, under the names that llama.cpp reads. */
export function samplingMetadata({ generationConfig }: ModelFolder): Entry[] {
  const config = generationConfig ?? {};
  // A model that is not to be sampled has leftovers of a default here.
  if (config.do_sample === false) return [];
  const float = (name: string, key: string): Entry[] => {
    const value = config[key];
    return typeof value === "number" && Number.isFinite(value)
      ? [[`general.sampling.${name}`, { f32: value }]]
      : [];
  };
  const { top_k: topK } = config;
  return [
    ...float("temp", "temperature"),
    ...(typeof topK === "number" && Number.isInteger(topK) && topK >= 0
      ? [["general.sampling.top_k", topK] satisfies Entry]
      : []),
    ...float("top_p", "top_p"),
    ...float("min_p", "min_p"),
    ...float("penalty_repeat", "repetition_penalty"),
  ];
}

/** The tokens that begin, end and pad, whether a beginning is added, and the template. */
export function specialTokenMetadata(folder: ModelFolder, tokenizer: TokenizerFile): Entry[] {
  const idOf = (text: string | undefined): number | undefined =>
    text === undefined
      ? undefined
      : (tokenizer.addedTokens.find((token) => token.text === text)?.id ?? tokenizer.vocabulary.get(text));
  const named = (key: string): number | undefined =>
    idOf(tokenText(folder.tokenizerConfig?.[key]) ?? tokenText(folder.specialTokensMap?.[key]));
  const listed = (key: string): number[] => [
    ...idsIn(folder.generationConfig?.[key]),
    ...idsIn(folder.config?.[key]),
  ];
  const known = (id: number | undefined): id is number =>
    id !== undefined && (tokenizer.addedTokens.some((token) => token.id === id) || hasId(tokenizer, id));
  const first = (key: "bos" | "eos" | "pad" | "unk"): number | undefined =>
    [named(`${key}_token`), ...listed(`${key}_token_id`)].find(known);

  const eos = first("eos");
  // Generation may end on more tokens; libllama has names for two.
  const ends = [...new Set(idsIn(folder.generationConfig?.eos_token_id))].filter(
    (id) => id !== eos && known(id),
  );
  const eom = ends.find((id) => id === idOf("<|eom_id|>"));
  const eot = ends.find((id) => id !== eom);
  const ids: readonly (readonly [string, number | undefined])[] = [
    ["bos", first("bos")],
    ["eos", eos],
    ["eot", eot],
    ["eom", eom],
    ["padding", first("pad")],
    ["unknown", first("unk")],
  ];
  const adds = addsBegin(folder, tokenizer);
  return [
    ...ids.flatMap(([name, id]): Entry[] =>
      id === undefined ? [] : [[`tokenizer.ggml.${name}_token_id`, id]],
    ),
    ["tokenizer.ggml.add_bos_token", adds && first("bos") !== undefined],
    ...(folder.template === undefined ? [] : [["tokenizer.chat_template", folder.template] satisfies Entry]),
    ...(folder.toolTemplate === undefined
      ? []
      : [
          [TOOL_TEMPLATE_KEY, folder.toolTemplate] satisfies Entry,
          ["tokenizer.chat_templates", { strings: ["tool_use"] }] satisfies Entry,
        ]),
  ];
}

/** What tokenizer_config.json says outright, else what the tokenizer's own template does. */
function addsBegin({ tokenizerConfig }: ModelFolder, { postProcessors }: TokenizerFile): boolean {
  const said = tokenizerConfig?.add_bos_token;
  if (typeof said === "boolean") return said;
  const single = postProcessors.find(({ type }) => type === "TemplateProcessing")?.single;
  const first: unknown = Array.isArray(single) ? single[0] : undefined;
  return isJsonObject(first) && isJsonObject(first.SpecialToken);
}

function hasId({ vocabulary }: TokenizerFile, id: number): boolean {
  for (const other of vocabulary.values()) if (other === id) return true;
  return false;
}

function idsIn(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (id): id is number => typeof id === "number" && Number.isInteger(id) && id >= 0,
  );
}

/** A token is written as its text, or as an object with the text as `content`. */
function tokenText(value: unknown): string | undefined {
  const text = isJsonObject(value) ? value.content : value;
  return typeof text === "string" && text !== "" ? text : undefined;
}
