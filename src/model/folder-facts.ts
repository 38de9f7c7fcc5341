import { isJsonObject, type JsonObject, type ModelFolder } from "../hub/model-folder.ts";
import {
  type AdapterFacts,
  blankFacts,
  type CardFacts,
  type EndFact,
  type GenerationFacts,
  type ModelFacts,
  type NameFact,
  type Token,
} from "../stage/facts.ts";
import { cardFactsOf } from "./card-facts.ts";
import { fileFactsOfFolder, listedTokens } from "./file-facts.ts";
import { knownToken } from "./known-tokens.ts";

/** The facts about the stage that a folder of Hugging Face files holds. */
export function factsOfFolder(
  reference: string,
  names: readonly NameFact[],
  folder: ModelFolder,
): ModelFacts {
  const config = folder.config ?? {};
  const inner = innerConfigs(config);
  const number = (key: string): number | undefined =>
    [config, ...inner].map((one) => one[key]).find((value) => typeof value === "number");
  const architecture = text(config.model_type) ?? text(config.model_arch);
  const { title, card } = folder.card === undefined ? {} : cardFactsOf(folder.card);
  const adapter = adapterOf(folder.adapterConfig);
  const tokens = tokensOf(folder);
  const vocabularySize = number("vocab_size");
  return {
    ...blankFacts(reference, "Hugging Face folder"),
    names: [...names, ...namesIn(config, adapter, card, title)],
    architecture,
    classes: texts(config.architectures),
    labels: labelsOf(config),
    vocabularySize,
    window: number("max_position_embeddings"),
    isEncoderDecoder: config.is_encoder_decoder === true,
    isCrossEncoder:
      config.sbert_ce_default_activation_function !== undefined ||
      text(folder.sentenceConfig?.model_type) === "CrossEncoder" ||
      (isJsonObject(config.sentence_transformers) && "activation_fn" in config.sentence_transformers),
    mappedClasses: mappedClassesOf(folder),
    modalities: modalitiesOf(folder, [config, ...inner]),
    pooling: poolingOf(folder.poolingConfig),
    modules: modulesOf(folder),
    adapter,
    card,
    specialTokens: tokens,
    ends: endsOf(folder, tokens ?? [], (id) => knownToken(architecture ?? "", vocabularySize, id)),
    edges: edgesOf(folder),
    generation: generationOf(folder.generationConfig),
    template: folder.template,
    files: fileFactsOfFolder(folder),
  };
}

/** The configs of a model's parts: its language model may stand under another key. */
function innerConfigs(config: JsonObject): JsonObject[] {
  const direct = ["text_config", "llm_config", "language_config", "thinker_config"]
    .map((key) => config[key])
    .filter(isJsonObject);
  return direct.flatMap((one) => (isJsonObject(one.text_config) ? [one, one.text_config] : [one]));
}

function namesIn(
  config: JsonObject,
  adapter: AdapterFacts | undefined,
  card: CardFacts | undefined,
  title: string | undefined,
): NameFact[] {
  const namedIn = text(config._name_or_path);
  // A card says how its model was made; only of a copy in another packaging is the parent's stage its own.
  const copied = card?.relation === "quantized" ? card.parents : [];
  const parents = adapter?.parent === undefined ? copied : [adapter.parent, ...copied];
  return [
    ...(namedIn === undefined ? [] : [{ from: "config", name: namedIn } as const]),
    ...(title === undefined ? [] : [{ from: "card", name: title } as const]),
    ...parents.map((name) => ({ from: "parent", name }) as const),
  ];
}

function adapterOf(config: JsonObject | undefined): AdapterFacts | undefined {
  if (config === undefined) return undefined;
  return { parent: text(config.base_model_name_or_path), task: text(config.task_type) };
}

function labelsOf(config: JsonObject): string[] | undefined {
  if (isJsonObject(config.id2label)) return Object.values(config.id2label).map(String);
  if (typeof config.num_labels !== "number" || config.num_labels > 10_000) return undefined;
  return Array.from({ length: config.num_labels }, (_, index) => `LABEL_${index}`);
}

function mappedClassesOf(folder: ModelFolder): string[] {
  const map = folder.config?.auto_map;
  const mapped = isJsonObject(map)
    ? Object.entries(map).flatMap(([auto, to]) => [auto, text(to)?.split(".").at(-1) ?? ""])
    : [];
  const pipeline = text(folder.pipelineIndex?._class_name);
  return [...mapped, ...(pipeline === undefined ? [] : [pipeline])].filter((name) => name !== "");
}

function modulesOf(folder: ModelFolder): string[] {
  const listed = (folder.modules ?? []).flatMap((module) => text(module.type)?.split(".").slice(-1) ?? []);
  if (listed.length === 0 && (folder.hasModules || folder.poolingConfig !== undefined)) return ["Pooling"];
  return listed;
}

function generationOf(config: JsonObject | undefined): GenerationFacts | undefined {
  if (config === undefined) return undefined;
  const { temperature, top_p: topP, top_k: topK } = config;
  return {
    chatFormat: text(config.chat_format),
    samples: typeof config.do_sample === "boolean" ? config.do_sample : undefined,
    hasSpeakers: typeof config.user_token_id === "number" && typeof config.assistant_token_id === "number",
    hasSampling: [temperature, topP, topK].some((value) => typeof value === "number"),
    maxNewTokens: typeof config.max_new_tokens === "number" ? config.max_new_tokens : undefined,
  };
}

function endsOf(
  folder: ModelFolder,
  tokens: readonly Token[],
  known: (id: number) => string | undefined,
): EndFact[] {
  const fromIds = (from: EndFact["from"], value: unknown): EndFact[] =>
    (Array.isArray(value) ? value : [value])
      .filter((id) => typeof id === "number")
      .map((id) => ({
        from,
        key: "eos_token_id",
        id,
        text: tokens.find((token) => token.id === id)?.text ?? known(id),
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
  const special = [tokenizerConfig, specialTokensMap].flatMap((file) =>
    ["additional_special_tokens", "extra_special_tokens"]
      .map((key) => file?.[key])
      .filter((list) => Array.isArray(list))
      .flatMap((list) => list.map((token: unknown) => ({ id: undefined, text: tokenText(token) }))),
  );
  return [...listedTokens(folder), ...special];
}

function edgesOf({ tokenizerConfig, specialTokensMap }: ModelFolder): ModelFacts["edges"] {
  const of = (key: string): string | undefined =>
    tokenText(tokenizerConfig?.[key]) ?? tokenText(specialTokensMap?.[key]);
  const begin = of("bos_token");
  const end = of("eos_token");
  return { ...(begin === undefined ? {} : { begin }), ...(end === undefined ? {} : { end }) };
}

/** A token is written as its text, or as an object with the text as `content`. */
export function tokenText(value: unknown): string | undefined {
  return isJsonObject(value) ? text(value.content) : text(value);
}

const VISION_KEYS =
  /^(vision_config|visual|vit_config|vision_tower|mm_vision_tower|mm_hidden_size|vision_encoder|image_processor\w*|image_mean|image_token(_id|_index)?|image_size|image_seq_length|img_id|spatial_patch_size|vision_start_token_id)$/;
const AUDIO_KEYS =
  /^(audio_config|audio_encoder_config|num_mel_bins|audio_processor|sampling_rate|audio_token(_id|_index)?|speech_config|whisper_config)$/;

function modalitiesOf(folder: ModelFolder, configs: readonly JsonObject[]): ("vision" | "audio")[] {
  const preprocessor = folder.preprocessorConfig ?? {};
  // A part that is there as `null` or `{}` is not there.
  const keys = [...configs, preprocessor].flatMap((one) =>
    Object.entries(one).flatMap(([key, value]) => (value === null ? [] : [key])),
  );
  const extractor = text(preprocessor.feature_extractor_type) ?? "";
  const tts = configs.some((config) => isJsonObject(config.thinker_config) && "talker_config" in config);
  const vision = tts || keys.some((key) => VISION_KEYS.test(key)) || /CLIP|Siglip|ViT/i.test(extractor);
  const audio = tts || keys.some((key) => AUDIO_KEYS.test(key)) || /Whisper|Audio|Wav2Vec2/i.test(extractor);
  return [...(vision ? (["vision"] as const) : []), ...(audio ? (["audio"] as const) : [])];
}

function poolingOf(config: JsonObject | undefined): ModelFacts["pooling"] {
  if (config?.pooling_mode_cls_token === true || config?.pooling_mode === "cls") return "cls";
  if (config?.pooling_mode_lasttoken === true || config?.pooling_mode === "lasttoken") return "last";
  return config?.pooling_mode_mean_tokens === true || config?.pooling_mode === "mean" ? "mean" : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
