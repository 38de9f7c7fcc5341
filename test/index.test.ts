import { expect, test } from "vitest";
import * as basewise from "../src/index.ts";

test("the public API is this list; a new name is a decision", () => {
  expect(Object.keys(basewise).sort()).toEqual([
    "BadFileError",
    "BadInputError",
    "BaseModel",
    "BasewiseError",
    "DivergedError",
    "EXIT",
    "EngineCrashedError",
    "Generation",
    "HybridModel",
    "InstructModel",
    "LANGUAGES",
    "MissingTemplateError",
    "NotFoundError",
    "OtherModel",
    "PromptTooLongError",
    "ROLES",
    "STAGES",
    "StageMismatchError",
    "TemplateError",
    "ThinkingModel",
    "USES",
    "UnknownModel",
    "UnprovenChatModel",
    "UnsafePromptError",
    "checkRecipe",
    "estimateMemory",
    "inspect",
    "open",
    "probe",
    "readRecipe",
    "recommend",
    "train",
  ]);
});
