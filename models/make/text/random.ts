export { Random } from "../../../src/train/random.ts";
