export type { MemoryEstimate, MemoryPlan } from "./catalog/memory.ts";
export { estimateMemory } from "./catalog/memory.ts";
export type { ModelShape } from "./catalog/shape.ts";
export type { ContextPolicy, ContextReport } from "./chat/context.ts";
export { CONTEXT_POLICIES, ContextFullError } from "./chat/context.ts";
export type { Message, Role } from "./chat/conversation.ts";
export { ROLES } from "./chat/conversation.ts";
export type { FewShot } from "./chat/few-shot.ts";
export { readFewShot } from "./chat/few-shot-file.ts";
export type { Recall, Recalled } from "./chat/memory.ts";
export { UnsafePromptError } from "./chat/prompt.ts";
export { NameTakenError, NoConversationError, StoreError } from "./chat/store/errors.ts";
export type { ExportFormat } from "./chat/store/export.ts";
export { exportConversation } from "./chat/store/export.ts";
export type { Memory } from "./chat/store/memories.ts";
export type { Repair } from "./chat/store/repair.ts";
export { repairStore } from "./chat/store/repair.ts";
export type { ConversationEntry, SearchHit, Turn } from "./chat/store/rows.ts";
export { ConversationStore } from "./chat/store/store.ts";
export { TemplateError } from "./chat/template.ts";
export type { Channel, Part } from "./chat/thoughts.ts";
export type { ReadyCall, Tool, ToolCall, UnusableCall } from "./chat/tools/tool.ts";
export { checkTools, replyMessage, ToolsUnsupportedError, toolResult } from "./chat/tools/tool.ts";
export type { Classified } from "./classify/classify.ts";
export { classify } from "./classify/classify.ts";
export type { HeadEvent, HeadStartEvent } from "./classify/events.ts";
export type { ClassifyReport, LabelReport, RegressReport } from "./classify/measure.ts";
export type { HeadRecipe, HeadRecipeInput } from "./classify/recipe.ts";
export { checkHeadRecipe, readHeadRecipe } from "./classify/recipe.ts";
export { trainHead } from "./classify/train-head.ts";
export type { Conversion, ConvertOptions } from "./convert/convert.ts";
export { convert } from "./convert/convert.ts";
export type { Quantization, QuantizeOptions } from "./convert/quantize.ts";
export { quantize } from "./convert/quantize.ts";
export type { ConvertType, QuantizeType } from "./convert/types.ts";
export { CONVERT_TYPES, QUANTIZE_TYPES } from "./convert/types.ts";
export { UnconvertibleError } from "./convert/unconvertible.ts";
export type { Diagnosis, ExamineOptions } from "./doctor/examine.ts";
export { examine } from "./doctor/examine.ts";
export type { Dry, FinishReason, JsonSchema, Sampling, Speculation } from "./engine/engine.ts";
export { EngineCrashedError, PromptTooLongError } from "./engine/engine.ts";
export type { AdapterChoice } from "./engine/llama/adapters.ts";
export { AdapterMismatchError } from "./engine/llama/adapters.ts";
export { DraftMismatchError } from "./engine/llama/draft-plan.ts";
export { NotEnoughMemoryError } from "./engine/llama/memory-guard.ts";
export type { LlamaEngineOptions, PromptCacheOptions } from "./engine/llama/options.ts";
export type { ServerFault } from "./engine/remote/errors.ts";
export { ServerError, UnsupportedByServerError } from "./engine/remote/errors.ts";
export { TextTooLongError } from "./engine/vectors.ts";
export type { ExitCode } from "./errors.ts";
export { BadFileError, BadInputError, BasewiseError, EXIT, NotFoundError } from "./errors.ts";
export { UnexportableError, WrongParentError } from "./export/errors.ts";
export type { Export, ExportOptions } from "./export/export.ts";
export { exportModel } from "./export/export.ts";
export type { ModelFormat } from "./export/formats.ts";
export type { Merge, MergeOptions } from "./export/merge.ts";
export { merge } from "./export/merge.ts";
export { NoSpaceError } from "./formats/disk.ts";
export { GrammarError } from "./formats/grammar/gbnf.ts";
export { JsonSchemaError } from "./formats/grammar/schema-error.ts";
export type { Language, Text } from "./language.ts";
export { LANGUAGES } from "./language.ts";
export { BaseModel, OtherModel, UnknownModel } from "./model/base-model.ts";
export type { ChatOptions } from "./model/chat-model.ts";
export {
  HybridModel,
  InstructModel,
  MissingTemplateError,
  ThinkingModel,
  UnprovenChatModel,
} from "./model/chat-model.ts";
export type { ConversationOptions, ConversationReply, SpokenResult } from "./model/conversation.ts";
export { Conversation } from "./model/conversation.ts";
export type { CutText, EmbedOptions, EmbedResult } from "./model/embedding-model.ts";
export { EmbeddingModel, RepresentingModel, UnprovenEmbeddingModel } from "./model/embedding-model.ts";
export type { Ending, GenerationResult, LikelyToken, ReplyResult, WrittenToken } from "./model/generation.ts";
export { Generation } from "./model/generation.ts";
export type { GuardModel, RewardModel } from "./model/inert-model.ts";
export { NoInfillError } from "./model/infill.ts";
export type { Inspection } from "./model/inspect.ts";
export { inspect } from "./model/inspect.ts";
export { recallByMeaning } from "./model/memory-embedder.ts";
export type {
  ChatModel,
  CompletingModel,
  Model,
  OpenForChat,
  OpenForVectors,
  OpenOptions,
} from "./model/open.ts";
export { open, probe } from "./model/open.ts";
export type { RecommendedModel, RecommendOptions, RecommendResult } from "./model/recommend.ts";
export { recommend } from "./model/recommend.ts";
export type { RerankOptions, RerankResult } from "./model/reranker-model.ts";
export { RankingModel, RerankerModel, UnprovenRerankerModel } from "./model/reranker-model.ts";
export type { AnswerMode, SamplingAdviceTaken } from "./model/sampling-advice.ts";
export type { Score } from "./model/score.ts";
export type { StopRules } from "./model/stop-rules.ts";
export type { CompleteOptions, GenerateOptions, InfillOptions, NextToken } from "./model/text-model.ts";
export type { EmbeddingSettings, TextKind, TextPooling } from "./stage/embedding.ts";
export { TEXT_KINDS } from "./stage/embedding.ts";
export type { Evidence } from "./stage/evidence.ts";
export type { Fit } from "./stage/fit.ts";
export { StageMismatchError } from "./stage/mismatch.ts";
export type { Stage, Use } from "./stage/stage.ts";
export { STAGES, USES } from "./stage/stage.ts";
export type { Exhibit, Finding, Seen, Sureness, SymptomId } from "./stage/symptoms/symptom.ts";
export type { Verdict } from "./stage/verdict.ts";
export type { DataReport, SourceReport } from "./train/data/report.ts";
export type { PreflightFinding } from "./train/preflight/finding.ts";
export { PreflightError } from "./train/preflight/preflight.ts";
export { checkRecipe, readRecipe } from "./train/read-recipe.ts";
export type { AdaptRecipe, DpoRecipe, PretrainRecipe, Recipe, SftRecipe } from "./train/recipe.ts";
export { RunSpaceError } from "./train/run/disk-plan.ts";
export { DivergedError } from "./train/run/diverged.ts";
export { RunBusyError, TrainingCrashedError } from "./train/run/errors.ts";
export type { EvaluationEvent, StartEvent, StepEvent, TrainEvent } from "./train/run/events.ts";
export { checkRun, train } from "./train/run/train.ts";
export type { MissingPackage } from "./trl/errors.ts";
export { PythonEnvironmentError } from "./trl/errors.ts";
export type { Machines, Sharding } from "./trl/machines.ts";
export type { TrlOptions, TrlPlan } from "./trl/train.ts";
export { planForTrl, trainWithTrl } from "./trl/train.ts";
