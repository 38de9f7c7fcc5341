import type { GgufHeader } from "../formats/gguf/header.ts";
import { isJsonObject, type JsonObject, type ModelFolder } from "../hub/model-folder.ts";
import { TURN_MARKS } from "../stage/ends.ts";
import type { Token } from "../stage/facts.ts";
import type { FileFacts, SentenceFacts, TokenizerFacts } from "../stage/file-facts.ts";

/** Files of a folder that only the doctor reads; what is not there is `undefined`. */
export interface MoreFiles {
  /** tokenizer.json, where it is at hand. */
  readonly tokenizer: JsonObject | undefined;
  /** sentence_bert_config.json. */
  readonly sentenceBert: JsonObject | undefined;
  /** Every file that holds a chat template, as text. */
  readonly templates: FileFacts["templates"];
  /** Names of all stored tensors, where a header lists them. */
  readonly tensors: readonly string[] | undefined;
  readonly headEqualsEmbedding: boolean | undefined;
}

/** What a folder's files say about how the model is to be run; `more` is for files that are dear to read. */
export function fileFactsOfFolder(folder: ModelFolder, more: MoreFiles = withoutMore(folder)): FileFacts {
  const config = folder.config ?? {};
  const inner = ["text_config", "llm_config", "language_config"]
    .map((key) => config[key])
    .filter(isJsonObject);
  const number = (key: string): number | undefined =>
    [config, ...inner].map((one) => one[key]).find((value) => typeof value === "number");
  const generation = folder.generationConfig ?? {};
  const ofGeneration = (key: string): number | undefined => numberOf(generation[key]);
  const adapter = folder.adapterConfig;
  const tied = [config, ...inner]
    .map((one) => one.tie_word_embeddings)
    .find((value) => typeof value === "boolean");
  return {
    tokenizer: tokenizerOf(folder, more.tokenizer),
    sampling: {
      samples: typeof generation.do_sample === "boolean" ? generation.do_sample : undefined,
      temperature: ofGeneration("temperature"),
      topP: ofGeneration("top_p"),
      topK: ofGeneration("top_k"),
      minP: ofGeneration("min_p"),
      repetitionPenalty: ofGeneration("repetition_penalty"),
    },
    sentence: sentenceOf(folder, more),
    lora:
      adapter === undefined
        ? undefined
        : {
            targets: [adapter.target_modules].flat().filter((name) => typeof name === "string"),
            saved: [adapter.modules_to_save].flat().filter((name) => typeof name === "string"),
            trainsTokens:
              adapter.trainable_token_indices !== undefined && adapter.trainable_token_indices !== null,
          },
    weights: {
      embeddingRows: rowsIn(config, number("vocab_size")),
      tied,
      hasHead: more.tensors?.some((name) => /(^|\.)lm_head\.weight$/.test(name)),
      headEqualsEmbedding: more.headEqualsEmbedding,
      hasDense: more.tensors?.some((name) => /dense/.test(name)),
    },
    templates: more.templates,
    hasConfig: folder.config !== undefined,
    configBos: number("bos_token_id"),
    addedBeyondParent: addedBeyond(folder, number("vocab_size")),
  };
}

/** Rows of the embedding. Llama 3.2 Vision has eight more than its config says (`MllamaTextModel`). */
function rowsIn(config: JsonObject, vocabularySize: number | undefined): number | undefined {
  return vocabularySize === undefined || config.model_type !== "mllama" ? vocabularySize : vocabularySize + 8;
}

function withoutMore({ template }: ModelFolder): MoreFiles {
  return {
    tokenizer: undefined,
    sentenceBert: undefined,
    templates: template === undefined ? [] : [{ file: "chat_template", source: template }],
    tensors: undefined,
    headEqualsEmbedding: undefined,
  };
}

const tokensOfFolders = new WeakMap<ModelFolder, readonly Token[]>();

/** The tokens that tokenizer_config.json and added_tokens.json list by their ids; some list thousands. */
export function listedTokens(folder: ModelFolder): readonly Token[] {
  const known = tokensOfFolders.get(folder);
  if (known !== undefined) return known;
  const decoder = folder.tokenizerConfig?.added_tokens_decoder;
  const tokens: Token[] = [];
  for (const [id, token] of Object.entries(isJsonObject(decoder) ? decoder : {}))
    tokens.push({ id: Number(id), text: tokenText(token) });
  for (const [text, id] of Object.entries(folder.addedTokens ?? {})) tokens.push({ id: numberOf(id), text });
  tokensOfFolders.set(folder, tokens);
  return tokens;
}

function tokenizerOf(folder: ModelFolder, json: JsonObject | undefined): TokenizerFacts | undefined {
  const { tokenizerConfig, specialTokensMap } = folder;
  if (tokenizerConfig === undefined && specialTokensMap === undefined && json === undefined) return undefined;
  const inJson = Array.isArray(json?.added_tokens)
    ? json.added_tokens
        .filter(isJsonObject)
        .map((token) => ({ id: numberOf(token.id), text: textOf(token.content) }))
    : [];
  const all: Token[] = [...listedTokens(folder), ...inJson];
  const named = (key: string): Token | undefined => {
    const text = tokenText(tokenizerConfig?.[key]) ?? tokenText(specialTokensMap?.[key]);
    return text === undefined || text === ""
      ? undefined
      : { id: all.find((token) => token.text === text)?.id, text };
  };
  const vocabulary =
    isJsonObject(json?.model) && isJsonObject(json.model.vocab) ? Object.keys(json.model.vocab).length : 0;
  const highest = all.reduce((most, { id }) => Math.max(most, id ?? -1), -1);
  const size = Math.max(vocabulary, highest + 1);
  return {
    bos: named("bos_token"),
    eos: named("eos_token"),
    pad: named("pad_token"),
    addsBos: typeof tokenizerConfig?.add_bos_token === "boolean" ? tokenizerConfig.add_bos_token : undefined,
    addsEos: typeof tokenizerConfig?.add_eos_token === "boolean" ? tokenizerConfig.add_eos_token : undefined,
    appended: appendedBy(json?.post_processor),
    splitting: undefined,
    hasOrdinaryBos: false,
    size: size === 0 ? undefined : size,
    wordMarks: json === undefined ? undefined : marksAmong(json.model),
  };
}

/** Turn marks that a vocabulary holds as words: an object of words, or a list of words with their scores. */
function marksAmong(model: unknown): string[] {
  const vocabulary = isJsonObject(model) ? model.vocab : undefined;
  const words = isJsonObject(vocabulary) ? vocabulary : {};
  const listed = Array.isArray(vocabulary)
    ? vocabulary.map((entry) => (Array.isArray(entry) ? entry[0] : entry))
    : [];
  const scored = new Set(listed);
  return TURN_MARKS.filter((mark) => Object.hasOwn(words, mark) || scored.has(mark));
}

/** Turn marks that a template writes and that are words of the vocabulary, which is only searched for those. */
function wordMarksOf({ metadata }: GgufHeader, template: string, control: readonly Token[]): string[] {
  const open = TURN_MARKS.filter(
    (mark) => template.includes(mark) && !control.some(({ text }) => text === mark),
  );
  if (open.length === 0) return [];
  const tokens = new Set(metadata.strings("tokenizer.ggml.tokens"));
  return open.filter((mark) => tokens.has(mark));
}

/** The token behind the text in a template of a post-processor, which may be one in a sequence of several. */
function appendedBy(processor: unknown): Token | undefined {
  if (!isJsonObject(processor)) return undefined;
  if (Array.isArray(processor.processors))
    return processor.processors.map(appendedBy).find((one) => one !== undefined);
  const last = Array.isArray(processor.single) ? processor.single.at(-1) : undefined;
  const special =
    isJsonObject(last) && isJsonObject(last.SpecialToken) ? textOf(last.SpecialToken.id) : undefined;
  const known = isJsonObject(processor.special_tokens) ? processor.special_tokens : {};
  const entry = special === undefined ? undefined : known[special];
  if (!isJsonObject(entry)) return undefined;
  return { id: Array.isArray(entry.ids) ? numberOf(entry.ids[0]) : undefined, text: special };
}

function sentenceOf(folder: ModelFolder, more: MoreFiles): SentenceFacts | undefined {
  const { sentenceConfig } = folder;
  if (folder.modules === undefined && sentenceConfig === undefined && more.sentenceBert === undefined)
    return undefined;
  const prompts = isJsonObject(sentenceConfig?.prompts) ? sentenceConfig.prompts : {};
  const dimensions = folder.config?.matryoshka_dimensions;
  return {
    prompts: Object.fromEntries(
      Object.entries(prompts).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    ),
    maxTokens: numberOf(more.sentenceBert?.max_seq_length),
    ...(Array.isArray(dimensions)
      ? { dimensions: dimensions.filter((one) => typeof one === "number").sort((a, b) => a - b) }
      : {}),
  };
}

/** Tokens that an adapter's tokenizer has beyond the vocabulary of its parent, where the config says how large that is. */
function addedBeyond(folder: ModelFolder, rows: number | undefined): string[] {
  if (folder.adapterConfig === undefined || folder.addedTokens === undefined) return [];
  const tokens = Object.entries(folder.addedTokens);
  if (rows !== undefined)
    return tokens.filter(([, id]) => typeof id === "number" && id >= rows).map(([text]) => text);
  // Without a size: the families' own added tokens are marked; a plain word was added by the user.
  return tokens.map(([text]) => text).filter((text) => !/^<[|/]?[^<>]*>$|^\[[^\]]*\]$/.test(text));
}

/** What a GGUF header says about how the model is to be run. */
export function fileFactsOfGguf(header: GgufHeader, control: readonly Token[] | undefined): FileFacts {
  const { metadata, tensors } = header;
  const key = (name: string): string => `tokenizer.ggml.${name}`;
  const token = (name: string): Token | undefined => {
    const id = metadata.number(key(`${name}_token_id`));
    return id === undefined ? undefined : { id, text: metadata.stringAt(key("tokens"), id) };
  };
  const bos = token("bos");
  const source = metadata.string("tokenizer.chat_template");
  const has = (pattern: RegExp): boolean => tensors.some(({ name }) => pattern.test(name));
  const sampling = (name: string): number | undefined => metadata.number(`general.sampling.${name}`);
  return {
    tokenizer:
      metadata.string(key("model")) === undefined
        ? undefined
        : {
            bos,
            eos: token("eos"),
            pad: token("padding"),
            addsBos: metadata.boolean(key("add_bos_token")),
            addsEos: metadata.boolean(key("add_eos_token")),
            appended: metadata.boolean(key("add_eos_token")) === true ? token("eos") : undefined,
            splitting: metadata.string(key("pre")),
            hasOrdinaryBos:
              bos?.id !== undefined &&
              control?.every(({ id }) => id !== bos.id) === true &&
              !/^<.*>$|^\[.*\]$/.test(bos.text ?? ""),
            size: metadata.lengthOf(key("tokens")),
            wordMarks: control === undefined ? undefined : wordMarksOf(header, source ?? "", control),
          },
    sampling: {
      samples: undefined,
      temperature: sampling("temp"),
      topP: sampling("top_p"),
      topK: sampling("top_k"),
      minP: sampling("min_p"),
      repetitionPenalty: sampling("penalty_repeat"),
    },
    sentence: undefined,
    lora: undefined,
    weights: {
      embeddingRows: rowsOf(tensors.find(({ name }) => name === "token_embd.weight")?.shape),
      tied: undefined,
      hasHead: has(/^output\.weight$/),
      headEqualsEmbedding: undefined,
      hasDense: has(/^dense_\d/),
    },
    templates: source === undefined ? [] : [{ file: "tokenizer.chat_template", source }],
    hasConfig: false,
    configBos: undefined,
    addedBeyondParent: [],
  };
}

/** A GGUF lists the fastest dimension first: the rows of the embedding come last. */
function rowsOf(shape: readonly number[] | undefined): number | undefined {
  return shape?.at(-1);
}

/** A token is written as its text, or as an object with the text as `content`. */
function tokenText(value: unknown): string | undefined {
  return isJsonObject(value) ? textOf(value.content) : textOf(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
