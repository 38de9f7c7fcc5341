import { chosenGguf, type GgufChoice, ggufChoices } from "../gguf-choices.ts";
import type { RemoteFile } from "../remote/repository.ts";
import { ChoiceNeededError, noSuchChoice } from "./errors.ts";

/** Asks which of several quantisations to take; gives the label of one. */
export type Choose = (choices: readonly GgufChoice[], suggested: GgufChoice) => Promise<string>;

/** What is taken unless one says otherwise: the usual balance of size and quality, else the next better. */
const USUAL = ["Q4_K_M", "Q4_K_S", "Q4_0", "IQ4_XS", "Q5_K_M", "Q6_K", "Q8_0", "BF16", "F16"];

/** Small files that tell what a GGUF beside them is. */
const BESIDE_GGUF = /^(README\.md|LICENSE[^/]*|config\.json|generation_config\.json)$/i;
const MAX_BESIDE_BYTES = 2 ** 20;

/** Weights in another form than safetensors, and what no engine reads. */
const OTHER_WEIGHTS = /\.(bin|pt|pth|ckpt|h5|msgpack|onnx|onnx_data|ot|tflite|gguf|mlmodel|npz|pkl)$/i;
const OTHER_FOLDERS = /^(original|onnx|openvino|coreml|figures?|assets|images?)\//i;
const MEDIA = /\.(png|jpe?g|gif|webp|svg|mp4|wav|mp3|pdf|zip|tar|gz)$/i;

/**
 * Which files of a repository a pull takes: of one with GGUFs a quantisation (`word`, else the only one, else what
 * `choose` answers) with the card beside it; of another everything but second copies of the weights and pictures.
 * Throws `ChoiceNeededError` where nothing chooses, `BadInputError` where the word names nothing.
 */
export async function chooseFiles(
  reference: string,
  files: readonly RemoteFile[],
  word: string | undefined,
  choose: Choose | undefined,
): Promise<readonly RemoteFile[]> {
  const choices = ggufChoices(files);
  const hasSafetensors = files.some(({ name }) => name.endsWith(".safetensors"));
  if (word === undefined && (hasSafetensors || choices.length === 0)) {
    return files.filter(({ name }) => isWanted(name, hasSafetensors));
  }
  const chosen = await chosenOf(reference, choices, word, choose);
  const beside = files.filter(({ name, bytes }) => BESIDE_GGUF.test(name) && bytes <= MAX_BESIDE_BYTES);
  return [...beside, ...chosen.files];
}

async function chosenOf(
  reference: string,
  choices: readonly GgufChoice<RemoteFile>[],
  word: string | undefined,
  choose: Choose | undefined,
): Promise<GgufChoice<RemoteFile>> {
  const [first, ...others] = choices;
  if (word === undefined && first !== undefined) {
    if (others.length === 0) return first;
    if (choose === undefined) throw new ChoiceNeededError(reference, choices);
    return chosenOf(reference, choices, await choose(choices, suggestedOf(choices, first)), undefined);
  }
  const chosen = word === undefined ? undefined : chosenGguf(choices, word);
  if (chosen === undefined) throw noSuchChoice(reference, word ?? "", choices);
  return chosen;
}

function suggestedOf<Choice extends GgufChoice>(choices: readonly Choice[], first: Choice): Choice {
  for (const label of USUAL) {
    const choice = choices.find((one) => one.label.endsWith(label));
    if (choice !== undefined) return choice;
  }
  return first;
}

function isWanted(name: string, hasSafetensors: boolean): boolean {
  if (name.startsWith(".") || MEDIA.test(name) || OTHER_FOLDERS.test(name)) return false;
  return !hasSafetensors || !(OTHER_WEIGHTS.test(name) || /^consolidated.*\.safetensors$/.test(name));
}
