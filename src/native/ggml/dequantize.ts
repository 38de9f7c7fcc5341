import koffi from "koffi";
import { tensorType } from "../../formats/gguf/tensor-types.ts";
import { type BaseLibrary, baseLibrary } from "../library.ts";

/** `struct ggml_type_traits` of ggml.h. */
interface TypeTraits {
  readonly blck_size: number;
  readonly type_size: number;
  readonly to_float: bigint | null;
}

const F32 = 0;
const MOST_TYPES = 64;

interface Bindings {
  readonly traitsOf: (type: number) => TypeTraits;
  readonly call: (toFloat: bigint, from: Uint8Array, to: Float32Array, elements: number) => void;
}

let bindings: Bindings | undefined;

function bind({ bind }: BaseLibrary): Bindings {
  const traits = koffi.struct("ggml_type_traits", {
    type_name: "const char *",
    blck_size: "int64_t",
    blck_size_interleave: "int64_t",
    type_size: "size_t",
    is_quantized: "bool",
    to_float: "void *",
    from_float_ref: "void *",
  });
  const toFloat = koffi.proto("void ggml_to_float(const void *x, _Out_ float *y, int64_t k)");
  const pointerTo = bind<[number], unknown>("const void *ggml_get_type_traits(int type)");
  return {
    traitsOf: (type) => koffi.decode(pointerTo(type), traits),
    call: (address, from, to, elements) => koffi.call(address, toFloat, from, to, elements),
  };
}

/**
 * A row of a tensor as numbers, whatever it is packed in; `undefined` for a type that libggml has no conversion for.
 * `type` is its name in GGUF (`F16`, `Q4_K`, …), `bytes` exactly the row's. Conversion by libggml
 * (`ggml_get_type_traits(type)->to_float`), whose base library alone is loaded.
 */
export function rowToFloats(type: string, bytes: Uint8Array, elements: number): Float32Array | undefined {
  const number = Array.from({ length: MOST_TYPES }, (_, index) => index).find(
    (index) => tensorType(index)?.name === type,
  );
  if (number === undefined) return undefined;
  // An own copy is aligned, and shares no memory with what the native code must not touch.
  const own = Uint8Array.from(bytes);
  if (number === F32) return own.byteLength === elements * 4 ? new Float32Array(own.buffer) : undefined;
  bindings ??= bind(baseLibrary());
  const { blck_size: blockElements, type_size: blockBytes, to_float: toFloat } = bindings.traitsOf(number);
  if (toFloat === null || own.byteLength !== (elements / blockElements) * blockBytes) return undefined;
  const floats = new Float32Array(elements);
  bindings.call(toFloat, own, floats, elements);
  return floats;
}
