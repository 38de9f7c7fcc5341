import { isJsonObject, type JsonObject, type ModelFolder } from "../hub/model-folder.ts";
import {
  blankFacts,
  type EndFact,
  type GenerationFacts,
  type ModelFacts,
  type NameFact,
  type Token,
} from "../stage/facts.ts";

/**
 * Ids of end tokens by architecture, for folders without tokenizer files, in which an id has no text. Source: the
 * tokenizer files of Qwen 1.5 to 3, Qwen 3.5 and Llama 3.
 */
const KNOWN_IDS: readonly {
  readonly architecture: RegExp;
  readonly texts: Readonly<Record<number, string>>;
}[] = [
  {
    architecture: /^qwen(2|3)(_moe|_vl|_5_vl|_vl_moe|_next)?$/,
    texts: { 151643: "<|endoftext|>", 151645: "<|im_end|>" },
  },
  { architecture: /^qwen3_5/, texts: { 248044: "<|endoftext|>", 248046: "<|im_end|>" } },
  {
    architecture: /^llama$/,
    texts: { 128001: "<|end_of_text|>", 128008: "<|eom_id|>", 128009: "<|eot_id|>" },
  },
];

/** The facts about the stage that a folder of Hugging Face files holds. */
export function factsOfFolder(
  reference: string,
  names: readonly NameFact[],
  folder: ModelFolder,
): ModelFacts {
  const config = folder.config ?? {};
  const architecture = text(config.model_type);
  const tokens = tokensOf(folder);
  const namedIn = text(config._name_or_path);
  return {
    ...blankFacts(reference, "Hugging Face folder"),
    names: [...names, ...(namedIn === undefined ? [] : [{ from: "config", name: namedIn } as const])],
    architecture,
    classes: texts(config.architectures),
    labelCount: isJsonObject(config.id2label) ? Object.keys(config.id2label).length : undefined,
    vocabularySize: typeof config.vocab_size === "number" ? config.vocab_size : undefined,
    modalities: modalitiesOf(folder),
    pooling: poolingOf(folder.poolingConfig),
    isSentenceEncoder: folder.hasModules || folder.poolingConfig !== undefined,
    specialTokens: tokens,
    ends: endsOf(folder, tokens ?? [], architecture ?? ""),
    generation: generationOf(folder.generationConfig),
    template: folder.template,
  };
}

function generationOf(config: JsonObject | undefined): GenerationFacts | undefined {
  if (config === undefined) return undefined;
  const { temperature, top_p: topP, top_k: topK } = config;
  return {
    chatFormat: text(config.chat_format),
    samples: typeof config.do_sample === "boolean" ? config.do_sample : undefined,
    hasSampling: [temperature, topP, topK].some((value) => typeof value === "number"),
    maxNewTokens: typeof config.max_new_tokens === "number" ? config.max_new_tokens : undefined,
  };
}

function endsOf(folder: ModelFolder, tokens: readonly Token[], architecture: string): EndFact[] {
  const known = KNOWN_IDS.find((family) => family.architecture.test(architecture))?.texts;
  const fromIds = (from: EndFact["from"], value: unknown): EndFact[] =>
    (Array.isArray(value) ? value : [value])
      .filter((id) => typeof id === "number")
      .map((id) => ({
        from,
        key: "eos_token_id",
        id,
        text: tokens.find((token) => token.id === id)?.text ?? known?.[id],
      }));
  const inner = isJsonObject(folder.config?.text_config) ? folder.config.text_config : undefined;
  const eos = tokenText(folder.tokenizerConfig?.eos_token) ?? tokenText(folder.specialTokensMap?.eos_token);
  const named: EndFact[] =
    eos === undefined || eos === ""
      ? []
      : [
          {
            from: "tokenizer",
            key: "eos_token",
            id: tokens.find((token) => token.text === eos)?.id,
            text: eos,
          },
        ];
  return [
    ...fromIds("generation config", folder.generationConfig?.eos_token_id),
    ...named,
    ...fromIds("config", folder.config?.eos_token_id ?? inner?.eos_token_id),
  ];
}

/** The tokenizer's special tokens, from whichever of its small files list them. */
function tokensOf(folder: ModelFolder): Token[] | undefined {
  const { tokenizerConfig, addedTokens, specialTokensMap } = folder;
  if (tokenizerConfig === undefined && addedTokens === undefined && specialTokensMap === undefined) {
    return undefined;
  }
  const decoder = isJsonObject(tokenizerConfig?.added_tokens_decoder)
    ? tokenizerConfig.added_tokens_decoder
    : {};
  const decoded = Object.entries(decoder).map(([id, token]) => ({ id: Number(id), text: tokenText(token) }));
  const added = Object.entries(addedTokens ?? {}).map(([token, id]) => ({
    id: typeof id === "number" ? id : undefined,
    text: token,
  }));
  const special = [tokenizerConfig, specialTokensMap].flatMap((file) =>
    Array.isArray(file?.additional_special_tokens)
      ? file.additional_special_tokens.map((token: unknown) => ({ id: undefined, text: tokenText(token) }))
      : [],
  );
  return [...decoded, ...added, ...special];
}

/** A token is written as its text, or as an object with the text as `content`. */
function tokenText(value: unknown): string | undefined {
  return isJsonObject(value) ? text(value.content) : text(value);
}

function modalitiesOf(folder: ModelFolder): ("vision" | "audio")[] {
  const config = folder.config ?? {};
  const preprocessor = folder.preprocessorConfig ?? {};
  const keys = [...Object.keys(config), ...Object.keys(preprocessor)].join(" ");
  const extractor = text(preprocessor.feature_extractor_type) ?? "";
  const omni = isJsonObject(config.thinker_config);
  const vision =
    omni ||
    /\b(vision_config|visual|image_processor\w*|image_mean|image_token_id)\b/.test(keys) ||
    /CLIP|Siglip/i.test(extractor);
  const audio = omni || /\b(audio_config|num_mel_bins)\b/.test(keys) || /Whisper|Audio/i.test(extractor);
  return [...(vision ? (["vision"] as const) : []), ...(audio ? (["audio"] as const) : [])];
}

function poolingOf(config: JsonObject | undefined): ModelFacts["pooling"] {
  if (config?.pooling_mode_cls_token === true) return "cls";
  if (config?.pooling_mode_lasttoken === true) return "last";
  return config?.pooling_mode_mean_tokens === true ? "mean" : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
