import { BasewiseError, EXIT, type ExitCode } from "../errors.ts";

/** A native address. It never leaves this folder. */
export type Pointer = bigint;

/** Something that owns native memory was used, or freed, after it had been freed. */
export class UseAfterFreeError extends BasewiseError {
  override readonly name = "UseAfterFreeError";
  readonly exitCode: ExitCode = EXIT.failed;

  constructor(what: string) {
    super({
      en: `This ${what} was already disposed; keep it open for as long as it is used, and dispose it once.`,
      zh: `该 ${what} 已被释放；使用期间请保持打开，且只释放一次。`,
    });
  }
}

/** Something that owns native memory was to be freed while a computation on another thread still reads it. */
export class InUseError extends BasewiseError {
  override readonly name = "InUseError";
  readonly exitCode: ExitCode = EXIT.failed;

  constructor(what: string) {
    super({
      en: `This ${what} is still being computed with; await the computation before you dispose it.`,
      zh: `该 ${what} 仍在参与计算；请等待计算结束后再释放。`,
    });
  }
}

/** Owns one native object: knows whether it is still alive, frees it once, and refuses everything afterwards. */
export class Handle implements Disposable {
  readonly #what: string;
  readonly #free: (pointer: Pointer) => void;
  #pointer: Pointer | undefined;
  #holds = 0;

  constructor(what: string, pointer: Pointer, free: (pointer: Pointer) => void) {
    this.#what = what;
    this.#pointer = pointer;
    this.#free = free;
  }

  get disposed(): boolean {
    return this.#pointer === undefined;
  }

  get pointer(): Pointer {
    if (this.#pointer === undefined) throw new UseAfterFreeError(this.#what);
    return this.#pointer;
  }

  /** Keeps the object from being freed until the returned function is called. */
  hold(): () => void {
    void this.pointer;
    this.#holds++;
    return () => {
      this.#holds--;
    };
  }

  /** Frees the object. Throws, and frees nothing, where it was freed already or is held. */
  [Symbol.dispose](): void {
    const pointer = this.pointer;
    if (this.#holds > 0) throw new InUseError(this.#what);
    this.#pointer = undefined;
    this.#free(pointer);
  }
}
