import { stat } from "node:fs/promises";
import { join } from "node:path";
import { filesOfFolder } from "../model-files.ts";
import { isJsonObject, type JsonObject, jsonObjectOf } from "../model-folder.ts";
import { type OllamaReference, ollamaText, parseReference } from "../parse-reference.ts";
import { hexDigest } from "../safe-names.ts";
import { filesIn, foldersIn } from "./folders.ts";
import type { LocalModel } from "./local-model.ts";

/** A manifest lists a handful of layers. */
export const MAX_MANIFEST_BYTES = 2 ** 20;

/** One part of an Ollama model: weights, template, parameters, licence. */
export interface OllamaLayer {
  /** The last word of its media type: `model`, `template`, `params`, `license`, `projector`, … */
  readonly kind: string;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The layers of a manifest; those whose digest or size cannot be used are left out. Source: the manifests of
 * registry.ollama.ai, which are those of a container registry with media types `application/vnd.ollama.image.*`.
 */
export function layersOf(manifest: JsonObject): OllamaLayer[] {
  const layers = Array.isArray(manifest.layers) ? manifest.layers.filter(isJsonObject) : [];
  return layers.flatMap(({ mediaType, digest, size }) => {
    const kind = /^application\/vnd\.ollama\.image\.([a-z]+)$/.exec(String(mediaType))?.[1];
    const sha256 = hexDigest(typeof digest === "string" ? digest.replace(/^sha256:/, "") : undefined, 64);
    if (kind === undefined || sha256 === undefined) return [];
    return typeof size === "number" && Number.isSafeInteger(size) && size >= 0
      ? [{ kind, sha256, bytes: size }]
      : [];
  });
}

/** All models of an Ollama folder: `manifests/<host>/<namespace>/<model>/<tag>` with `blobs/sha256-<digest>`. */
export async function modelsInOllama(folder: string): Promise<LocalModel[]> {
  const manifests = join(folder, "manifests");
  const models: LocalModel[] = [];
  for (const host of await foldersIn(manifests)) {
    for (const namespace of await foldersIn(join(manifests, host))) {
      for (const model of await foldersIn(join(manifests, host, namespace))) {
        for (const tag of await filesIn(join(manifests, host, namespace, model))) {
          models.push(...(await findInOllama(folder, { kind: "ollama", host, namespace, model, tag })));
        }
      }
    }
  }
  return models;
}

/** The model of an Ollama folder that a reference names: none or one. */
export async function findInOllama(folder: string, reference: OllamaReference): Promise<LocalModel[]> {
  const { host, namespace, model, tag } = reference;
  const name = join("manifests", host, namespace, model, tag);
  try {
    const text = await filesOfFolder(folder).text(name, MAX_MANIFEST_BYTES);
    if (text === undefined) return [];
    const weights = layersOf(jsonObjectOf(name, text)).find(({ kind }) => kind === "model");
    if (weights === undefined) return [];
    const path = join(folder, "blobs", `sha256-${weights.sha256}`);
    const { size } = await stat(path);
    const written = ollamaText(reference);
    // A name that no reference can be would list a model that no command can take.
    parseReference(written);
    return [
      {
        reference: written,
        store: "Ollama",
        kind: "file",
        path,
        name: written.slice("ollama:".length),
        bytes: size,
      },
    ];
  } catch {
    // What Ollama itself could not open is no model.
    return [];
  }
}
