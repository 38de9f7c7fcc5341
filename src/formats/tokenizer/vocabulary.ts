/** A token that only a chat template may write; ordinary text never encodes to it. */
export interface ControlToken {
  readonly id: number;
  readonly text: string;
}

/** What a byte-level BPE tokenizer knows, as GGUF and `tokenizer.json` hold it. */
export interface Vocabulary {
  /** The index is the id. Ordinary tokens are spelled in the byte alphabet, control tokens as they are. */
  readonly tokens: readonly string[];
  /** `"left right"`, both spelled in the byte alphabet; the first merge is the most urgent. */
  readonly merges: readonly string[];
  readonly controlTokens: readonly ControlToken[];
  /** Tokens that any text which spells them becomes, such as `<think>`: spelled as they are, like control tokens. */
  readonly userTokens?: readonly ControlToken[];
}
