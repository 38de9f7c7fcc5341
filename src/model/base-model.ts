import type { Message } from "../chat/conversation.ts";
import { dialogueScaffold } from "../chat/few-shot.ts";
import { textPromptOf } from "../chat/prompt.ts";
import { BadInputError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Generation } from "./generation.ts";
import { type GenerateOptions, TextModel } from "./text-model.ts";

/** A model that is only known to continue text. */
abstract class ContinuingModel extends TextModel {
  /**
   * Answers the last message of a conversation by imitating an example of one, in at most 256 tokens unless stated.
   * The model was never taught to chat: every result says so. The reply ends where anybody would speak next. Throws
   * BadInputError for a conversation without text; the iteration and the result throw PromptTooLongError.
   */
  chatInContext(messages: readonly Message[], options: GenerateOptions = {}): Generation {
    if (!messages.some(({ role, content }) => role === "user" && content.trim() !== "")) throw nothingSaid();
    const shown = printable(this.reference);
    const warning = {
      en: `${shown} was not trained to chat: it continues a written example of a conversation, and may say anything.`,
      zh: `${shown} 未受过对话训练：它只是在续写一段对话示例，可能说出任何内容。`,
    };
    return this.continueText(dialogueScaffold(messages), options, { warnings: [warning], trims: true });
  }

  /** How many tokens the model reads in `chatInContext`; undefined behind a server that keeps its tokens to itself. */
  async countTokensInContext(messages: readonly Message[]): Promise<number | undefined> {
    if (this.engine.texts !== undefined) return undefined;
    return (await textPromptOf(this.engine, dialogueScaffold(messages).text)).tokens.length;
  }
}

/** A base model: it continues text. It has no `chat`, because it was never taught turns. */
export class BaseModel extends ContinuingModel {
  /** Always `base`. */
  override readonly stage = "base";
}

/** A model of another kind than the stages known here, such as one that also sees; it can at least continue text. */
export class OtherModel extends TextModel {
  /** What it is instead. */
  override readonly stage = "other";
}

/** A model whose stage neither its files nor its behaviour tell. */
export class UnknownModel extends ContinuingModel {
  /** Null: it could not be told. */
  override readonly stage = null;
}

function nothingSaid(): BadInputError {
  return new BadInputError({
    en: "There is nothing to answer: the user says nothing. Give at least one message of the user with text.",
    zh: "没有可回答的内容：用户什么也没说。请至少给出一条有文本的用户消息。",
  });
}
