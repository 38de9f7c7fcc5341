import { TOKEN_TYPES } from "../convert/vocabulary.ts";
import { NORMALIZER_KEY } from "../engine/engine.ts";
import type { GgufHeader } from "../formats/gguf/header.ts";
import { preTokenizerNamed } from "../formats/tokenizer/pre-tokenizers.ts";
import { printable } from "../printable.ts";
import { UnexportableError } from "./errors.ts";

/** What a tokenizer names beside its ordinary tokens. */
export interface SpecialTokens {
  readonly bos: number | undefined;
  /** Tokens that end generation, the first one of them the end token itself. */
  readonly ends: readonly number[];
  readonly pad: number | undefined;
}

/**
 * `tokenizer.json` and `tokenizer_config.json` of a GGUF file with a byte-level vocabulary: the same cut, merges and
 * added tokens under Hugging Face's names. Throws UnexportableError for other vocabularies, whose rules a GGUF file does not keep.
 */
export function tokenizerFiles(
  { path, metadata }: GgufHeader,
  special: SpecialTokens,
  chatTemplate: string | undefined,
  context: number,
): { readonly tokenizer: object; readonly settings: object } {
  const tokens = metadata.strings("tokenizer.ggml.tokens") ?? [];
  const types = metadata.numbers("tokenizer.ggml.token_type") ?? [];
  const merges = metadata.strings("tokenizer.ggml.merges") ?? [];
  const pre = metadata.string("tokenizer.ggml.pre") ?? "";
  const rule = metadata.string("tokenizer.ggml.model") === "gpt2" ? preTokenizerNamed(pre) : undefined;
  if (rule === undefined) throw unknownTokenizer(path, metadata.string("tokenizer.ggml.model"), pre);
  const ofType = (...wanted: number[]) =>
    tokens.flatMap((text, id) => (wanted.includes(types[id] ?? 0) ? [{ id, text }] : []));
  const added = ofType(TOKEN_TYPES.control, TOKEN_TYPES.userDefined).map(({ id, text }) => ({
    id,
    content: text,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: types[id] === TOKEN_TYPES.control,
  }));
  const textOf = (id: number | undefined): string | undefined => (id === undefined ? undefined : tokens[id]);
  const [bos, eos, pad] = [textOf(special.bos), textOf(special.ends[0]), textOf(special.pad)];
  const addsBegin = metadata.boolean("tokenizer.ggml.add_bos_token") === true && bos !== undefined;
  const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
  const begin = addsBegin
    ? {
        type: "TemplateProcessing",
        single: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
        pair: [
          { SpecialToken: { id: bos, type_id: 0 } },
          { Sequence: { id: "A", type_id: 0 } },
          { SpecialToken: { id: bos, type_id: 1 } },
          { Sequence: { id: "B", type_id: 1 } },
        ],
        special_tokens: { [bos]: { id: bos, ids: [special.bos], tokens: [bos] } },
      }
    : bytes;
  return {
    tokenizer: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: metadata.string(NORMALIZER_KEY) === "NFC" ? { type: "NFC" } : null,
      pre_tokenizer: rule.preTokenizer,
      post_processor: begin,
      decoder: { ...bytes, trim_offsets: true },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: rule.ignoresMerges,
        vocab: Object.fromEntries(ofType(TOKEN_TYPES.normal).map(({ id, text }) => [text, id])),
        merges: merges.map((merge) => merge.split(" ")),
      },
    },
    settings: {
      tokenizer_class: "PreTrainedTokenizerFast",
      ...(bos === undefined ? {} : { bos_token: bos }),
      ...(eos === undefined ? {} : { eos_token: eos }),
      ...(pad === undefined ? {} : { pad_token: pad }),
      add_bos_token: addsBegin,
      clean_up_tokenization_spaces: false,
      model_max_length: context,
      ...(chatTemplate === undefined ? {} : { chat_template: chatTemplate }),
    },
  };
}

function unknownTokenizer(path: string, model: string | undefined, pre: string): UnexportableError {
  const [kind, cut] = [printable(model ?? "?"), printable(pre)];
  return new UnexportableError(
    path,
    {
      en: `a tokenizer of the kind ${kind} (${cut}) cannot be written back as tokenizer.json`,
      zh: `${kind}（${cut}）类型的分词器无法写回 tokenizer.json`,
    },
    {
      en: "take the tokenizer files of the model that it was made from, or use the GGUF file",
      zh: "请使用原模型的分词器文件，或直接使用 GGUF 文件",
    },
  );
}
