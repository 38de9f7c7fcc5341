import { Handle } from "../handle.ts";
import { ggml } from "./bindings.ts";
import { outOfMemory } from "./error.ts";

/** Memory for the descriptions of so many bytes of tensors and graphs; their values live elsewhere. */
export function newArena(what: string, bytes: number): Handle {
  const native = ggml();
  const pointer = native.init({ mem_size: bytes, mem_buffer: null, no_alloc: true });
  if (pointer === null) throw outOfMemory();
  return new Handle(what, pointer, native.free);
}

/** Arenas whose tensors have memory: those of allocated stores and of planned graphs. */
export const allocated = new WeakSet<Handle>();
