export type { MemoryEstimate, MemoryPlan } from "./catalog/memory.ts";
export { estimateMemory } from "./catalog/memory.ts";
export type { ModelShape } from "./catalog/shape.ts";
export type { Message, Role } from "./chat/conversation.ts";
export { ROLES } from "./chat/conversation.ts";
export type { FewShot } from "./chat/few-shot.ts";
export { readFewShot } from "./chat/few-shot-file.ts";
export { UnsafePromptError } from "./chat/prompt.ts";
export { TemplateError } from "./chat/template.ts";
export type { Conversion, ConvertOptions } from "./convert/convert.ts";
export { convert } from "./convert/convert.ts";
export type { Quantization, QuantizeOptions } from "./convert/quantize.ts";
export { quantize } from "./convert/quantize.ts";
export type { ConvertType, QuantizeType } from "./convert/types.ts";
export { CONVERT_TYPES, QUANTIZE_TYPES } from "./convert/types.ts";
export { UnconvertibleError } from "./convert/unconvertible.ts";
export type { Diagnosis, ExamineOptions } from "./doctor/examine.ts";
export { examine } from "./doctor/examine.ts";
export type { FinishReason, Sampling } from "./engine/engine.ts";
export { EngineCrashedError, PromptTooLongError } from "./engine/engine.ts";
export type { ServerFault } from "./engine/remote/errors.ts";
export { ServerError, UnsupportedByServerError } from "./engine/remote/errors.ts";
export { TextTooLongError } from "./engine/vectors.ts";
export type { ExitCode } from "./errors.ts";
export { BadFileError, BadInputError, BasewiseError, EXIT, NotFoundError } from "./errors.ts";
export { NoSpaceError } from "./formats/disk.ts";
export type { Language, Text } from "./language.ts";
export { LANGUAGES } from "./language.ts";
export { BaseModel, OtherModel, UnknownModel } from "./model/base-model.ts";
export {
  HybridModel,
  InstructModel,
  MissingTemplateError,
  ThinkingModel,
  UnprovenChatModel,
} from "./model/chat-model.ts";
export type { CutText, EmbedOptions, EmbedResult } from "./model/embedding-model.ts";
export { EmbeddingModel, RepresentingModel, UnprovenEmbeddingModel } from "./model/embedding-model.ts";
export type { Ending, GenerationResult } from "./model/generation.ts";
export { Generation } from "./model/generation.ts";
export type { GuardModel, RewardModel } from "./model/inert-model.ts";
export { NoInfillError } from "./model/infill.ts";
export type { Inspection } from "./model/inspect.ts";
export { inspect } from "./model/inspect.ts";
export type { ChatModel, CompletingModel, Model, OpenForChat, OpenOptions } from "./model/open.ts";
export { open, probe } from "./model/open.ts";
export type { RecommendedModel, RecommendOptions, RecommendResult } from "./model/recommend.ts";
export { recommend } from "./model/recommend.ts";
export type { RerankOptions, RerankResult } from "./model/reranker-model.ts";
export { RankingModel, RerankerModel, UnprovenRerankerModel } from "./model/reranker-model.ts";
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
export type { PretrainRecipe, Recipe, SftRecipe } from "./train/recipe.ts";
export { checkRecipe, readRecipe } from "./train/recipe.ts";
export type { DataReport, TrainEvent } from "./train/run.ts";
export { train } from "./train/run.ts";
export { DivergedError } from "./train/trainer.ts";
