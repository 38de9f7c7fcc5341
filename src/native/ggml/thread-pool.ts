import koffi from "koffi";
import { checkDefaults } from "../defaults.ts";
import { Handle, type Pointer } from "../handle.ts";
import { boundOnce } from "../library.ts";
import { cpuFunction } from "./device.ts";
import { outOfMemory } from "./error.ts";

const MOST_THREADS = 512; // GGML_MAX_N_THREADS
/**
 * How long a thread looks out for the next graph before it sleeps, in ggml's units of some milliseconds (its own
 * default is 50): longer than the pause between two tokens, so that no token waits for a thread to wake.
 */
const POLL = 5;

/** `struct ggml_threadpool_params` of the pinned release, without the processors that it names: none by default. */
interface PoolParameters {
  n_threads: number;
  prio: number;
  poll: number;
  strict_cpu: boolean;
  paused: boolean;
}

/** What `ggml_threadpool_params_default()` gives in the pinned release, for so many threads. Source: its `ggml.c`. */
function expectedDefaults(threads: number): PoolParameters {
  return { n_threads: threads, prio: 0, poll: 50, strict_cpu: false, paused: false };
}

/** The C functions and types. Prototypes as in ggml.h and ggml-cpu.h of the pinned release. */
const pools = boundOnce(({ bind }) => {
  koffi.struct("ggml_threadpool_params", {
    cpumask: koffi.array("bool", MOST_THREADS),
    n_threads: "int",
    prio: "int",
    poll: "uint32_t",
    strict_cpu: "bool",
    paused: "bool",
  } satisfies Record<keyof PoolParameters | "cpumask", unknown>);
  return {
    defaults: bind<[number], PoolParameters>(
      "ggmlBase",
      "ggml_threadpool_params ggml_threadpool_params_default(int)",
    ),
    create: koffi.proto("void *ggml_threadpool_new(ggml_threadpool_params *)"),
    free: koffi.proto("void ggml_threadpool_free(void *)"),
  };
});

/**
 * Threads that stay; without a pool the library starts and ends its threads for every token. Whoever calls computes
 * with them, so that a pool of n threads starts n - 1.
 */
export class ThreadPool implements Disposable {
  readonly #handle: Handle;

  constructor(threads: number) {
    const types = pools();
    const defaults = types.defaults(threads);
    checkDefaults("ggml_threadpool_params", defaults, expectedDefaults(threads));
    const parameters = { ...defaults, poll: POLL };
    const pool: Pointer | null = koffi.call(cpuFunction("ggml_threadpool_new"), types.create, parameters);
    if (pool === null) throw outOfMemory();
    this.#handle = new Handle("thread pool", pool, (pointer) =>
      koffi.call(cpuFunction("ggml_threadpool_free"), types.free, pointer),
    );
  }

  /** For `src/native` alone. */
  get pointer(): Pointer {
    return this.#handle.pointer;
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}
