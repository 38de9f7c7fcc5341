import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";

/** libllama could not do what was asked of it. */
export class LlamaError extends BasewiseError {
  override readonly name = "LlamaError";
  readonly exitCode: ExitCode = EXIT.failed;
}
