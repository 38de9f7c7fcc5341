import { TextModel } from "./text-model.ts";

/** A base model: it continues text. It has no `chat`, because it was never taught turns. */
export class BaseModel extends TextModel {
  override readonly stage = "base";
}

/** A model of another kind than the stages known here, such as one that also sees; it can at least continue text. */
export class OtherModel extends TextModel {
  override readonly stage = "other";
}

/** A model whose stage neither its files nor its behaviour tell. */
export class UnknownModel extends TextModel {
  override readonly stage = null;
}
