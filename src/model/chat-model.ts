import type { Message } from "../chat/conversation.ts";
import { HARMONY_MARKS, HarmonyReader, writesHarmony } from "../chat/harmony.ts";
import { LoopWatch } from "../chat/loop-watch.ts";
import { type Prompt, promptOf } from "../chat/prompt.ts";
import type { ChatTemplate, Segment, TemplateVariables } from "../chat/template.ts";
import { withinThoughtBudget } from "../chat/thought-budget.ts";
import { type Part, THOUGHT_MARKS, ThoughtReader } from "../chat/thoughts.ts";
import { CALL_MARKS } from "../chat/tools/formats.ts";
import { judgeCall } from "../chat/tools/judge.ts";
import { openaiMessage } from "../chat/tools/openai.ts";
import { checkTools, type Tool } from "../chat/tools/tool.ts";
import { type CallingReader, harmonyCalls, ToolReader } from "../chat/tools/tool-reader.ts";
import type { GenerateOptions as EngineOptions } from "../engine/engine.ts";
import { BadInputError, BasewiseError, EXIT, type ExitCode } from "../errors.ts";
import type { Text } from "../language.ts";
import { printable } from "../printable.ts";
import { fitsOf } from "../stage/fit.ts";
import type { ChatStage, Stage } from "../stage/stage.ts";
import { stageText } from "../stage/words.ts";
import { Generation, type ReplyResult } from "./generation.ts";
import { samplingsOf } from "./sampling.ts";
import { type AnswerMode, adviseSampling } from "./sampling-advice.ts";
import { requireServed } from "./served/write.ts";
import { type GenerateOptions, type ModelParts, type NextToken, TextModel } from "./text-model.ts";

/** Control tokens that are written by their names. */
type Spelled = ReadonlyMap<number, string>;

/** Most tokens of a reply unless stated. */
export const REPLY_TOKENS = 2048;

/** Source: the model cards of Qwen3 and DeepSeek-R1. */
const GREEDY_THOUGHT: Text = {
  en: "The most likely token was always taken (temperature 0); the makers of thinking models warn that their thoughts then go in circles. Leave the temperature to the model.",
  zh: "始终取最可能的词元（温度为 0）；思考模型的作者提醒，这样思考容易陷入重复。请使用模型自带的温度设置。",
};

/** A model for chat has no chat template, so nothing says how its conversations are laid out. */
export class MissingTemplateError extends BasewiseError {
  override readonly name = "MissingTemplateError";
  readonly exitCode: ExitCode = EXIT.badInput;
  /** The model without one. */
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

/** How to answer. */
export interface ChatOptions extends GenerateOptions {
  /** Whether a hybrid model thinks before it answers; as its template does by itself unless stated. */
  readonly thinking?: boolean;
  /** Most tokens of thought: at these the thought is ended for the model, and it answers. */
  readonly thinkingBudget?: number;
  /**
   * Functions that the model may call: its template tells it of them, and the result holds the calls. Their results
   * are carried back as turns: see `replyMessage` and `toolResult`.
   */
  readonly tools?: readonly Tool[];
}

export interface ChatParts extends ModelParts {
  /** The variable by which the template switches thinking, where it has one. */
  readonly thinkingSwitch?: string | undefined;
  /** Whether it thinks where the switch is left alone. */
  readonly thinksUnasked?: boolean | undefined;
  /** Names by which the catalogue may know it. */
  readonly names?: readonly string[];
  readonly template: ChatTemplate | undefined;
  /** In its place where tools are given. */
  readonly toolTemplate?: ChatTemplate;
}

/** A model that holds a conversation, laid out by its own template. */
export abstract class ConversingModel extends TextModel {
  readonly #template: ChatTemplate | undefined;
  readonly #toolTemplate: ChatTemplate | undefined;
  readonly #thinkingSwitch: string | undefined;
  readonly #thinksUnasked: boolean;
  readonly #names: readonly string[];

  constructor({
    template,
    toolTemplate,
    thinkingSwitch,
    thinksUnasked = true,
    names = [],
    ...parts
  }: ChatParts) {
    super(parts);
    this.#template = template;
    this.#toolTemplate = toolTemplate;
    this.#thinkingSwitch = thinkingSwitch;
    this.#thinksUnasked = thinksUnasked;
    this.#names = names;
  }

  /** What stands in every reply of this model. */
  protected get warnings(): readonly Text[] {
    return [];
  }

  /**
   * Answers the last message of a conversation, in at most 2,048 tokens unless stated. What the
   * model thinks before is no part of the text: `parts()` gives it as it comes, and the result holds it. Tokens are
   * drawn as the makers recommend for the mode, which the result tells. A reply that only repeats itself is ended. Nothing in a message can pass for a control token. The iteration and
   * the result throw MissingTemplateError, TemplateError where the template refuses the conversation, UnsafePromptError,
   * PromptTooLongError, and BadInputError for a conversation
   * without text, for thinking that the model cannot switch and for tools that are none, and ToolsUnsupportedError where
   * the template has no place for tools.
   */
  chat(messages: readonly Message[], options: ChatOptions = {}): Generation<ReplyResult> {
    const [first = {}, ...rest] = samplingsOf(options.n, options.sampling);
    const others = rest.map((sampling) => this.#reply(messages, { ...options, sampling }));
    return this.#reply(messages, { ...options, sampling: first }, others);
  }

  /** One reply, and those that were asked for beside it. */
  #reply(
    messages: readonly Message[],
    { thinking, thinkingBudget, tools: given, ...options }: ChatOptions,
    alternatives?: readonly Generation<ReplyResult>[],
  ): Generation<ReplyResult> {
    return new Generation(async (emit, left): Promise<ReplyResult> => {
      const { texts } = this.engine;
      if (texts !== undefined) requireServed(texts, { messages }, { thinking, thinkingBudget, tools: given });
      requireBudget(thinkingBudget);
      const tools = given === undefined ? [] : checkTools(given);
      const variables = this.#variables(thinking);
      const advice = adviseSampling({
        names: this.#names,
        stage: this.stage,
        mode: this.#mode(thinking),
        files: this.recommended,
        isServed: texts !== undefined,
      });
      const reader = this.#reader(tools);
      let isReached = false;
      const give = (parts: readonly Part[]): void => {
        for (const { text, channel } of parts) emit(text, channel);
      };
      const loop = new LoopWatch();
      const ending = new AbortController();
      const prompt = async (): Promise<Prompt> => {
        const laidOut = await this.#promptOf(messages, [], variables, tools);
        if (laidOut.thoughtEnd !== undefined) reader.open(laidOut.thoughtEnd);
        return laidOut;
      };
      const standard = {
        maxTokens: REPLY_TOKENS,
        stopTokens: this.engine.model.endTokens,
        warnings: this.warnings,
        words: {
          messages: messages.map(openaiMessage),
          ...(tools.length === 0 ? {} : { tools }),
          ...(thinking === undefined ? {} : { thinking }),
        },
        spells: this.#marks(tools),
        recommended: advice.sampling,
        ...(thinkingBudget === undefined
          ? {}
          : {
              steer: ({ tokens, thoughtEnd }: Prompt, drawing: EngineOptions, spelled: Spelled) => {
                const within = this.#reader(tools);
                if (thoughtEnd !== undefined) within.open(thoughtEnd);
                const onReached = (): void => {
                  isReached = true;
                };
                const budget = { tokens: thinkingBudget, reader: within, spelled, onReached };
                return withinThoughtBudget(this.engine, tokens, drawing, budget);
              },
            }),
      };
      const take = (piece: string): void => {
        if (ending.signal.aborted) return;
        give(reader.push(piece));
        if (loop.push(piece)) ending.abort();
      };
      const signal = AbortSignal.any([left, ending.signal]);
      const result = await this.write(prompt, options, standard, take, signal);
      give(reader.end());
      const calls = reader instanceof HarmonyReader ? harmonyCalls(reader) : reader.calls;
      const toolCalls = calls.map((call) => judgeCall(call, tools));
      const isCalling = toolCalls.length > 0 && result.finishReason === "stop";
      const isGreedy = (reader.thinking ?? "") !== "" && result.sampling.temperature === 0;
      return {
        ...result,
        text: reader.text,
        thinking: reader.thinking,
        ...(thinkingBudget === undefined ? {} : { thinkingBudget: { tokens: thinkingBudget, isReached } }),
        samplingAdvice: advice.taken,
        toolCalls,
        finishReason: ending.signal.aborted ? "loop" : isCalling ? "tool_calls" : result.finishReason,
        warnings: [...result.warnings, ...(isGreedy ? [GREEDY_THOUGHT] : [])],
      };
    }, alternatives);
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
   * How many tokens a conversation has as a prompt, with tools where they are given; undefined for a model behind a
   * server that keeps its tokens to itself. Throws what the iteration of `chat` throws.
   */
  async countTokens(
    messages: readonly Message[],
    { tools }: Pick<ChatOptions, "tools"> = {},
  ): Promise<number | undefined> {
    if (this.engine.texts !== undefined) return undefined;
    return (await this.#promptOf(messages, [], {}, tools && checkTools(tools))).tokens.length;
  }

  #reader(tools: readonly Tool[]): HarmonyReader | CallingReader {
    if (writesHarmony(this.engine.model.addedTokens)) return new HarmonyReader();
    const thoughts = new ThoughtReader();
    return tools.length === 0 ? Object.assign(thoughts, { calls: [] }) : new ToolReader(thoughts, tools);
  }

  #marks(tools: readonly Tool[]): readonly string[] {
    if (writesHarmony(this.engine.model.addedTokens)) return HARMONY_MARKS;
    return tools.length === 0 ? THOUGHT_MARKS : [...THOUGHT_MARKS, ...CALL_MARKS];
  }

  #mode(thinking: boolean | undefined): AnswerMode {
    const thinks =
      this.stage === "thinking" || (this.stage === "hybrid" && (thinking ?? this.#thinksUnasked));
    return thinks ? "thinking" : "non-thinking";
  }

  #variables(thinking: boolean | undefined): TemplateVariables {
    if (thinking === undefined) return {};
    if (this.#thinkingSwitch !== undefined) return { [this.#thinkingSwitch]: thinking };
    // A server that lays out conversations itself has the switch, and the name tells what it serves.
    if (this.engine.texts !== undefined && this.stage === "hybrid") return {};
    if (thinking === (this.stage === "thinking")) return {};
    throw notSwitchable(this.reference, thinking);
  }

  async #promptOf(
    messages: readonly Message[],
    reply: readonly Segment[],
    variables: TemplateVariables = {},
    tools: readonly Tool[] = [],
  ): Promise<Prompt> {
    const template = (tools.length > 0 ? this.#toolTemplate : undefined) ?? this.#template;
    if (template === undefined) throw new MissingTemplateError(this.reference);
    return promptOf(this.engine, template, messages, reply, variables, tools);
  }
}

/** A model that answers in turns and ends them. */
export class InstructModel extends ConversingModel {
  /** Always `instruct`. */
  override readonly stage = "instruct";
}

/** A model that thinks in writing before every answer. */
export class ThinkingModel extends ConversingModel {
  /** Always `thinking`. */
  override readonly stage = "thinking";
}

/** A model that answers, and thinks first when asked to. */
export class HybridModel extends ConversingModel {
  /** Always `hybrid`. */
  override readonly stage = "hybrid";
}

/**
 * A model put into a chat without being known for it: a base by force, or one whose stage is not known. Every reply
 * warns.
 */
export class UnprovenChatModel extends ConversingModel {
  /** What it is instead; null where that is not known. */
  override readonly stage: Exclude<Stage, ChatStage> | null;

  constructor(parts: ChatParts, stage: Exclude<Stage, ChatStage> | null) {
    super(parts);
    this.stage = stage;
  }

  protected override get warnings(): readonly Text[] {
    const { reason } = fitsOf(this.inspection).chat;
    const words = stageText(this.stage);
    const shown = printable(this.reference);
    return [
      {
        en: `${shown} is ${words.en} put into a chat. ${reason.en}`,
        zh: `${shown} 是${words.zh}，却被用于对话。${reason.zh}`,
      },
    ];
  }
}

function requireBudget(tokens: number | undefined): void {
  if (tokens === undefined || (Number.isSafeInteger(tokens) && tokens >= 0)) return;
  throw new BadInputError({
    en: `thinkingBudget cannot be ${tokens}; give a whole number from 0.`,
    zh: `thinkingBudget 不能是 ${tokens}；请给出不小于 0 的整数。`,
  });
}

function notSwitchable(reference: string, thinking: boolean): BadInputError {
  const shown = printable(reference);
  return thinking
    ? new BadInputError({
        en: `${shown} has no switch for thinking in its template, so it cannot be told to think; leave the option out, or take a thinking or hybrid model.`,
        zh: `${shown} 的模板没有思考开关，无法要求它思考；请去掉该选项，或改用会思考的模型。`,
      })
    : new BadInputError({
        en: `${shown} always thinks before it answers, and its template has no switch for that; leave the option out, or take a hybrid or instruct model.`,
        zh: `${shown} 总是先思考再回答，其模板没有关闭思考的开关；请去掉该选项，或改用混合或指令模型。`,
      });
}
