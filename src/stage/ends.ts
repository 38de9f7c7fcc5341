/**
 * Tokens that end a turn of a conversation: only post-training teaches them. Sources: the end-of-generation list
 * of llama.cpp's vocabulary loader, and the tokenizer files of the families that use them.
 */
const TURN_ENDS: ReadonlySet<string> = new Set([
  "<|im_end|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|eot|>",
  "<|end|>",
  "<|return|>",
  "<|call|>",
  "<end_of_turn>",
  "<turn|>",
  "<|turn_end|>",
  "<|end_of_turn|>",
  "<|END_OF_TURN_TOKEN|>",
  "<|endofturn|>",
  "[|endofturn|]",
  "<|user|>",
  "<|observation|>",
  "[EOT]",
  "<end_of_utterance>",
]);

/** Tokens that end a document: pretraining teaches them. */
const TEXT_ENDS: ReadonlySet<string> = new Set([
  "<|endoftext|>",
  "<|end_of_text|>",
  "</s>",
  "<eos>",
  "<|eos|>",
  "[EOS]",
  "<EOT>",
  "<｜end▁of▁sentence｜>",
]);

/** Tokens that open a turn or name a speaker: a tokenizer that has them was made with conversations in mind. */
const TURN_STARTS: ReadonlySet<string> = new Set([
  "<|im_start|>",
  "<|start_header_id|>",
  "<|start_of_role|>",
  "<start_of_turn>",
  "<|turn>",
  "<|user|>",
  "<|assistant|>",
  "<|role_start|>",
  "<|START_OF_TURN_TOKEN|>",
  "[INST]",
]);

export type EndKind = "turn end" | "end of text" | "unknown";

/** What a token marks the end of. */
export function endKind(text: string | undefined): EndKind {
  if (text === undefined) return "unknown";
  if (TURN_ENDS.has(text)) return "turn end";
  return TEXT_ENDS.has(text) ? "end of text" : "unknown";
}

export function marksTurns(token: string): boolean {
  return TURN_STARTS.has(token) || TURN_ENDS.has(token);
}

/** Every token that opens or ends a turn in one of the families. */
export const TURN_MARKS: readonly string[] = [...new Set([...TURN_STARTS, ...TURN_ENDS])];

/** The turn marks that stand in a text, each once, in the order of their first appearance. */
export function turnMarksIn(text: string): string[] {
  return TURN_MARKS.filter((mark) => text.includes(mark)).sort(
    (one, other) => text.indexOf(one) - text.indexOf(other),
  );
}

/** The turn-end tokens that a chat template writes out, in the order of their first appearance. */
export function turnEndsOf(template: string): string[] {
  return [...TURN_ENDS]
    .filter((token) => token !== "<|user|>" && token !== "<|observation|>" && template.includes(token))
    .sort((one, other) => template.indexOf(one) - template.indexOf(other));
}

/** Whether a chat template ends turns with the tokenizer's own end token, whatever that is. */
export function writesEndOfText(template: string): boolean {
  if (/\beos_token\b/.test(template)) return true;
  return [...TEXT_ENDS].some((token) => template.includes(token));
}

/** What llama.cpp stops on when the vocabulary holds it, whatever the end keys say. Source: its `llama-vocab.cpp`. */
export const LLAMA_STOPS: ReadonlySet<string> = new Set([
  "<|eot_id|>",
  "<|im_end|>",
  "<|end|>",
  "<|return|>",
  "<|call|>",
  "<|flush|>",
  "<|calls|>",
  "<end_of_turn>",
  "<|endoftext|>",
  "</s>",
  "<|eom_id|>",
  "<EOT>",
  "_<EOT>",
  "[EOT]",
  "[EOS]",
  "<|end_of_text|>",
  "<end_of_utterance>",
  "<eos>",
  "<turn|>",
  "<|tool_response>",
  "<｜end▁of▁sentence｜>",
  "[e~[",
]);

/** Whether llama.cpp would stop on this token of a vocabulary with these control tokens. */
export function stopsLlama(text: string, controlTokens: readonly string[]): boolean {
  // In the harmony format `<|end|>` only ends a part of the turn.
  if (text === "<|end|>" && controlTokens.includes("<|return|>") && controlTokens.includes("<|call|>"))
    return false;
  return LLAMA_STOPS.has(text);
}
