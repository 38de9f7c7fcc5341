import { jsonObjectOf } from "../model-folder.ts";
import { type OllamaReference, ollamaText } from "../parse-reference.ts";
import { layersOf, MAX_MANIFEST_BYTES, type OllamaLayer } from "../stores/ollama-store.ts";
import { lies } from "./errors.ts";
import type { Http } from "./http.ts";
import { isLoopback } from "./redirect.ts";
import { encodedPath, type RemoteFile, type Repository } from "./repository.ts";

/** The layers that are kept, by the file each becomes. */
const FILES: Readonly<Record<string, string>> = {
  model: "model.gguf",
  projector: "mmproj.gguf",
  adapter: "adapter.gguf",
  template: "template",
  system: "system",
  params: "params.json",
  license: "LICENSE",
};

/**
 * What an Ollama registry says about a model, in one request: its manifest. Source: the registry's routes, those of
 * a container registry: `GET /v2/{namespace}/{model}/manifests/{tag}` and `…/blobs/sha256:{digest}`.
 */
export async function ollamaRepository(http: Http, reference: OllamaReference): Promise<Repository> {
  const { host, namespace, model, tag } = reference;
  const isLocal = isLoopback(new URL(`http://${host}`));
  const base = `${isLocal ? "http" : "https"}://${host}/v2/${encodedPath(`${namespace}/${model}`)}`;
  const address = `${base}/manifests/${encodeURIComponent(tag)}`;
  const headers = { accept: "application/vnd.docker.distribution.manifest.v2+json" };
  const what = ollamaText(reference);
  const text = Buffer.from(await http.read(address, { what, headers }, MAX_MANIFEST_BYTES)).toString("utf8");
  const layers = layersOf(jsonObjectOf(address, text));
  if (!layers.some(({ kind }) => kind === "model")) {
    throw lies(new URL(address), { en: "its manifest names no weights", zh: "清单中没有权重" });
  }
  return {
    name: what.slice("ollama:".length),
    address,
    files: layers.flatMap((layer, i) => fileOf(base, layer, layers.slice(0, i))),
  };
}

/** Of several layers of a kind the first counts, but for licences, of which a model may have many. */
function fileOf(base: string, layer: OllamaLayer, before: readonly OllamaLayer[]): RemoteFile[] {
  const { kind, sha256, bytes } = layer;
  const name = FILES[kind];
  const earlier = before.filter((one) => one.kind === kind).length;
  if (name === undefined || (earlier > 0 && kind !== "license")) return [];
  const unique = earlier === 0 ? name : `${name}-${earlier + 1}`;
  return [{ name: unique, bytes, address: `${base}/blobs/sha256:${sha256}`, sha256 }];
}
