import type { Language } from "../../../src/language.ts";
import type { Random } from "./random.ts";
import {
  ANIMALS,
  type Animal,
  CITIES,
  COLOURS,
  DRINKS,
  FOODS,
  HOBBIES,
  type Hobby,
  JOBS,
  type Job,
  NAMES,
  type Name,
  PET_NAMES,
  PLACES,
  type Place,
  THINGS,
  type Thing,
  TOWNS,
  type Word,
} from "./world.ts";

/** Somebody in a story. What is told of a person stays true for the whole document, so it can be recalled later. */
export interface Person {
  readonly name: string;
  /** "she" or "he"; 她 or 他 in Chinese. */
  readonly he: string;
  readonly him: string;
  readonly his: string;
  readonly job: Job;
  readonly colour: Word;
  readonly food: Word;
  readonly drink: Word;
  readonly hobby: Hobby;
  readonly pet: Animal;
  readonly petName: string;
  readonly petColour: Word;
  readonly thing: Thing;
  readonly thingColour: Word;
  readonly place: Place;
  readonly city: Word;
  /** A number the person likes, 2 to 99. */
  readonly number: number;
  readonly age: number;
}

/** Which part of the world a text may draw from: training text never sees what is held out. */
export type Split = "train" | "heldOut";

const PETS: readonly Animal[] = ANIMALS.filter(
  ({ en }) => !["bee", "ant", "lion", "tiger", "wolf", "snake", "bear"].includes(en),
);
const PAINTED: readonly Word[] = COLOURS.slice(0, 13);

/** Pairs of thing and colour that only held-out documents may join: one in seven. */
function isHeldOutPair(thing: Word, colour: Word): boolean {
  return (
    (thing.en.length * 5 + colour.en.length * 3 + thing.en.charCodeAt(0) + colour.en.charCodeAt(1)) % 7 === 3
  );
}

function drawPair<Item extends Word>(random: Random, items: readonly Item[], split: Split): [Item, Word] {
  for (;;) {
    const thing = random.pick(items);
    const colour = random.pick(PAINTED);
    if (isHeldOutPair(thing, colour) === (split === "heldOut")) return [thing, colour];
  }
}

function drawPerson(random: Random, language: Language, split: Split, { name, she }: Name): Person {
  const [thing, thingColour] = drawPair(random, THINGS, split);
  const [pet, petColour] = drawPair(random, PETS, split);
  const english = { he: she ? "she" : "he", him: she ? "her" : "him", his: she ? "her" : "his" };
  const chinese = she ? { he: "她", him: "她", his: "她的" } : { he: "他", him: "他", his: "他的" };
  return {
    name,
    ...(language === "en" ? english : chinese),
    job: random.pick(JOBS),
    colour: random.pick(COLOURS),
    food: random.pick(FOODS),
    drink: random.pick(DRINKS),
    hobby: random.pick(HOBBIES),
    pet,
    petColour,
    petName: random.pick(PET_NAMES[language]),
    thing,
    thingColour,
    place: random.pick(PLACES),
    city: random.pick(CITIES),
    number: random.between(2, 99),
    age: random.between(6, 60),
  };
}

/** The people and the town that the pieces of one document share. */
export interface Scene {
  readonly random: Random;
  readonly town: string;
  /** Four people with different names. */
  readonly people: readonly Person[];
}

export function drawScene(random: Random, language: Language, split: Split): Scene {
  const names = NAMES[language];
  const towns = TOWNS[language];
  const known = split === "train" ? [...names.taught, ...names.reserved] : names.heldOut;
  return {
    random,
    town: random.pick(split === "train" ? towns.taught : towns.heldOut),
    people: random.sample(known, 4).map((name) => drawPerson(random, language, split, name)),
  };
}

/** Writes one linked piece of a document: a paragraph or a few. */
export type Piece = (scene: Scene) => string;
