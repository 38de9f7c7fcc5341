import type { Absent } from "../reference.ts";
import type { Http } from "./http.ts";
import { huggingFaceRepository } from "./hugging-face.ts";
import { modelScopeRepository } from "./modelscope.ts";
import { ollamaRepository } from "./ollama-registry.ts";
import type { Repository } from "./repository.ts";
import { singleFileRepository } from "./single-file.ts";

/** What the host of a model says about it, in one or two requests. */
export function repositoryOf(http: Http, reference: Absent["parsed"]): Promise<Repository> {
  switch (reference.kind) {
    case "hugging face":
      return huggingFaceRepository(http, reference);
    case "modelscope":
      return modelScopeRepository(http, reference);
    case "ollama":
      return ollamaRepository(http, reference);
    case "url":
      return singleFileRepository(http, reference.url);
  }
}
