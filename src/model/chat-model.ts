import type { Message } from "../chat/conversation.ts";
import { type Prompt, promptOf } from "../chat/prompt.ts";
import type { ChatTemplate, Segment } from "../chat/template.ts";
import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import { fitsOf } from "../stage/fit.ts";
import type { ChatStage, Stage } from "../stage/stage.ts";
import { STAGE_WORDS } from "../stage/words.ts";
import type { Generation } from "./generation.ts";
import { type GenerateOptions, type ModelParts, type NextToken, TextModel } from "./text-model.ts";

/** Most tokens of a reply unless stated. */
export const REPLY_TOKENS = 2048;

/** A model for chat has no chat template, so nothing says how its conversations are laid out. */
export class MissingTemplateError extends BasewiseError {
  override readonly name = "MissingTemplateError";
  readonly exitCode: ExitCode = EXIT.badInput;
  readonly reference: string;

  constructor(reference: string) {
    const shown = printable(reference);
    super({
      en: `${shown} holds no chat template, so a conversation cannot be laid out as in its training; take a file of the model that has one.`,
      zh: `${shown} 不含对话模板，无法按训练时的格式排列对话；请换用带有模板的模型文件。`,
    });
    this.reference = reference;
  }
}

export interface ChatParts extends ModelParts {
  readonly template: ChatTemplate | undefined;
}

/** A model that holds a conversation, laid out by its own template. */
export abstract class ConversingModel extends TextModel {
  readonly #template: ChatTemplate | undefined;

  constructor({ template, ...parts }: ChatParts) {
    super(parts);
    this.#template = template;
  }

  /** What stands in every reply of this model. */
  protected get warnings(): readonly Text[] {
    return [];
  }

  /**
   * Answers the last message of a conversation, in at most 2,048 tokens unless stated. The reply is as the model
   * writes it, with its thoughts if it thinks. Nothing in a message can pass for a control token. The iteration and
   * the result throw MissingTemplateError, TemplateError where the template refuses the conversation, UnsafePromptError,
   * PromptTooLongError, and BadInputError for a conversation without text.
   */
  chat(messages: readonly Message[], options: GenerateOptions = {}): Generation {
    return this.generate(() => this.#promptOf(messages, []), options, {
      maxTokens: REPLY_TOKENS,
      stopTokens: this.engine.model.endTokens,
      warnings: this.warnings,
      words: { messages },
    });
  }

  /**
   * The most likely tokens at a point of the reply: after the conversation, and after `reply` where it has begun.
   * The likeliest first; 10 unless `top` says otherwise.
   */
  async nextInReply(
    messages: readonly Message[],
    reply = "",
    { top = 10 }: { readonly top?: number } = {},
  ): Promise<NextToken[]> {
    // A server that lays out conversations itself refuses here, before the template is missed.
    if (this.engine.texts !== undefined) await this.engine.tokenize("");
    const { tokens } = await this.#promptOf(messages, [{ from: "content", text: reply }]);
    return this.nextAfter(tokens, top);
  }

  /**
   * How many tokens a conversation has as a prompt; undefined for a model behind a server that keeps its tokens to
   * itself. Throws what the iteration of `chat` throws.
   */
  async countTokens(messages: readonly Message[]): Promise<number | undefined> {
    if (this.engine.texts !== undefined) return undefined;
    return (await this.#promptOf(messages, [])).tokens.length;
  }

  async #promptOf(messages: readonly Message[], reply: readonly Segment[]): Promise<Prompt> {
    if (this.#template === undefined) throw new MissingTemplateError(this.reference);
    return promptOf(this.engine, this.#template, messages, reply);
  }
}

/** A model that answers in turns and ends them. */
export class InstructModel extends ConversingModel {
  override readonly stage = "instruct";
}

/** A model that thinks in writing before every answer. */
export class ThinkingModel extends ConversingModel {
  override readonly stage = "thinking";
}

/** A model that answers, and thinks first when asked to. */
export class HybridModel extends ConversingModel {
  override readonly stage = "hybrid";
}

/**
 * A model put into a chat without being known for it: a base by force, or one whose stage is not known. Every reply
 * warns.
 */
export class UnprovenChatModel extends ConversingModel {
  override readonly stage: Exclude<Stage, ChatStage> | null;

  constructor(parts: ChatParts, stage: Exclude<Stage, ChatStage> | null) {
    super(parts);
    this.stage = stage;
  }

  protected override get warnings(): readonly Text[] {
    const { reason } = fitsOf(this.inspection).chat;
    const words =
      this.stage === null
        ? { en: "a model of unknown stage", zh: "阶段未知的模型" }
        : STAGE_WORDS[this.stage];
    const shown = printable(this.reference);
    return [
      {
        en: `${shown} is ${words.en} put into a chat. ${reason.en}`,
        zh: `${shown} 是${words.zh}，却被用于对话。${reason.zh}`,
      },
    ];
  }
}
