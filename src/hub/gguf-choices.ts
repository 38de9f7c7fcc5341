import type { ModelFile } from "./model-files.ts";

/** One model among the GGUF files of a repository: a file, or all parts of one that is split. */
export interface GgufChoice<File extends ModelFile = ModelFile> {
  /** Such as `Q4_K_M`, or the file's name where it names none. */
  readonly label: string;
  /** In order of the parts. */
  readonly files: readonly [File, ...File[]];
  readonly bytes: number;
}

const PART = /-(\d{5})-of-(\d{5})\.gguf$/i;
const QUANTISATION =
  /(?:^|[-._/])((?:UD-)?(?:I?Q\d+(?:_[A-Z0-9]+)*|TQ\d_\d|MXFP4(?:_MOE)?|NVFP4|BF16|F16|FP16|F32|FP32))(?=[-._/]|$)/gi;

/** A projector or importance matrix lies beside the model it belongs to and is none itself. */
export function isModelGguf(name: string): boolean {
  const own = name.split("/").at(-1) ?? name;
  return /\.gguf$/i.test(own) && !/^mmproj|[-._]mmproj[-._]|imatrix/i.test(own);
}

/** The models among files, in order of their sizes; a label that several share is replaced by their file names. */
export function ggufChoices<File extends ModelFile>(files: readonly File[]): GgufChoice<File>[] {
  const groups = new Map<string, File[]>();
  for (const file of files) {
    if (!isModelGguf(file.name)) continue;
    const whole = file.name.replace(PART, ".gguf");
    groups.set(whole, [...(groups.get(whole) ?? []), file]);
  }
  const labels = [...groups.keys()].map((name) => quantisationOf(name) ?? name);
  const isShared = (label: string): boolean => labels.filter((one) => one === label).length > 1;
  return [...groups]
    .flatMap(([name, parts], i): GgufChoice<File>[] => {
      const [first, ...others] = parts.sort((one, other) => (one.name < other.name ? -1 : 1));
      if (first === undefined) return [];
      const label = labels[i] ?? name;
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      return [{ label: isShared(label) ? name : label, files: [first, ...others], bytes }];
    })
    .sort((one, other) => one.bytes - other.bytes);
}

/** The choice that a word names: by its label in any case, or by its file's name, whole or without folders. */
export function chosenGguf<File extends ModelFile>(
  choices: readonly GgufChoice<File>[],
  word: string,
): GgufChoice<File> | undefined {
  const wanted = word.toLowerCase();
  const names = (choice: GgufChoice<File>): string[] => choice.files.map(({ name }) => name.toLowerCase());
  return (
    choices.find(({ label }) => label.toLowerCase() === wanted) ??
    choices.find((choice) => names(choice).includes(wanted)) ??
    choices.find((choice) => names(choice).some((name) => name.split("/").at(-1) === wanted)) ??
    choices.find(({ files }) => quantisationOf(files[0].name)?.toLowerCase() === wanted)
  );
}

/** The quantisation that a file's name (or its folder's) states, in upper case. */
export function quantisationOf(name: string): string | undefined {
  const found = [
    ...name
      .replace(PART, "")
      .replace(/\.gguf$/i, "")
      .matchAll(QUANTISATION),
  ];
  return found.at(-1)?.[1]?.toUpperCase();
}
