import type { Piece } from "../scene.ts";
import { ANIMALS, DAYS, FEELINGS, FOODS, NUMBERS, PLACES, THINGS, WEATHER } from "../world.ts";
import { a, capital, series } from "./grammar.ts";

/** Somebody is introduced, and what was said is asked and told again. */
const introduction: Piece = ({ random, town, people }) => {
  const one = random.pick(people);
  const say = [
    `${one.name} is ${a(one.job.en)}.`,
    `${capital(one.he)} ${one.job.does.en}.`,
    random.pick([`${one.name} lives in ${town}.`, `${capital(one.his)} house is in ${town}.`]),
    random.pick([
      `${capital(one.his)} favourite colour is ${one.colour.en}.`,
      `The colour ${one.he} likes best is ${one.colour.en}.`,
    ]),
    random.pick([`${capital(one.he)} likes ${one.food.en}.`, `${one.name} loves to eat ${one.food.en}.`]),
    random.pick([
      `${capital(one.he)} has ${a(one.petColour.en)} ${one.pet.en}. The ${one.pet.en} is called ${one.petName}.`,
      `${capital(one.his)} ${one.pet.en} ${one.petName} is ${one.petColour.en}.`,
    ]),
    random.pick([`${capital(one.he)} was born in ${one.city.en}.`, `${one.name} comes from ${one.city.en}.`]),
    random.pick([
      `${capital(one.he)} likes ${one.hobby.en}.`,
      `After work ${one.he} likes to ${one.hobby.base}.`,
    ]),
  ];
  const [first, ...rest] = say;
  const told = [first, ...random.shuffle(rest).slice(0, 5)].join(" ");
  const again = random
    .sample(
      [
        `So ${one.name} is ${a(one.job.en)}.`,
        `When people ask what ${one.name} does, the answer is: ${one.he} ${one.job.does.en}.`,
        `Everybody in ${town} knows ${one.name} the ${one.job.en}.`,
        `This is the story of ${one.name} from ${town}.`,
      ],
      2,
    )
    .join(" ");
  return `${told} ${again}`;
};

/** A lost thing, looked for in three places, found in the last. */
const lostThing: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const places = random.three(PLACES);
  const what = `${one.thingColour.en} ${one.thing.en}`;
  const day = random.pick(DAYS).en;
  return [
    random.pick([
      `On ${day} ${one.name} could not find ${one.his} ${what}.`,
      `One day ${one.name} lost ${one.his} ${what}.`,
      `"Where is my ${what}?" asked ${one.name} on ${day}.`,
    ]),
    `${capital(one.he)} looked ${places[0].at.en}, but the ${one.thing.en} was not there.`,
    `${capital(one.he)} looked ${places[1].at.en}, but it was not there.`,
    random.pick([
      `Then ${two.name} came and asked, "What are you looking for?" "I am looking for my ${what}," said ${one.name}.`,
      `Then ${one.he} met ${two.name}. "Have you seen my ${one.thing.en}?" ${one.he} asked. "It is ${one.thingColour.en}."`,
    ]),
    random.pick([
      `"I saw ${a(what)} ${places[2].at.en}," said ${two.name}.`,
      `"There is ${a(what)} ${places[2].at.en}," said ${two.name}.`,
    ]),
    `They went to look, and there it was: the ${what} was ${places[2].at.en}.`,
    random.pick([
      `${one.name} was happy and thanked ${two.name}.`,
      `"Thank you, ${two.name}!" said ${one.name}. "You found my ${one.thing.en}."`,
    ]),
  ].join(" ");
};

/** Shopping with numbers that are added in the end. */
const market: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const [first, second] = random.two(FOODS);
  const n = random.between(2, 9);
  const m = random.between(2, 9);
  const word = (number: number) => NUMBERS[number]?.en ?? String(number);
  return [
    random.pick([
      `${one.name} went to the market with ${a(one.thingColour.en)} bag.`,
      `On ${random.pick(DAYS).en} morning ${one.name} took ${one.his} bag and went to the market.`,
    ]),
    `At the first table ${one.he} bought ${first.en} for ${word(n)} coins.`,
    `At the second table ${one.he} bought ${second.en} for ${word(m)} coins.`,
    random.pick([
      `${capital(word(n))} and ${word(m)} make ${word(n + m)}, so ${one.he} paid ${word(n + m)} coins.`,
      `${n} + ${m} = ${n + m}, so ${one.name} paid ${n + m} coins.`,
    ]),
    random.pick([
      `At home ${one.he} put the ${first.en} and the ${second.en} on the table.`,
      `Then ${one.he} carried the ${first.en} and the ${second.en} home.`,
    ]),
    `"What did you buy?" asked ${one.his} mother. "I bought ${first.en} and ${second.en}," said ${one.name}.`,
  ].join(" ");
};

/** A word or fact is told, other things happen, then it is asked for. */
const remember: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const facts: readonly (readonly [string, string, string])[] = [
    [
      `my ${one.thing.en} is ${one.thingColour.en}`,
      `What colour was my ${one.thing.en}?`,
      `Your ${one.thing.en} is ${one.thingColour.en}`,
    ],
    [
      `my favourite colour is ${one.colour.en}`,
      "What is my favourite colour?",
      `Your favourite colour is ${one.colour.en}`,
    ],
    [`my lucky number is ${one.number}`, "What is my lucky number?", `Your lucky number is ${one.number}`],
    [
      `my ${one.pet.en} is called ${one.petName}`,
      `What is my ${one.pet.en} called?`,
      `Your ${one.pet.en} is called ${one.petName}`,
    ],
    [`I come from ${one.city.en}`, "Where do I come from?", `You come from ${one.city.en}`],
    [
      `my favourite food is ${one.food.en}`,
      "What is my favourite food?",
      `Your favourite food is ${one.food.en}`,
    ],
    [`I like to drink ${one.drink.en}`, "What do I like to drink?", `You like to drink ${one.drink.en}`],
    [`the secret word is ${two.thing.en}`, "What was the secret word?", `The secret word is ${two.thing.en}`],
    [`I work as ${a(one.job.en)}`, "What is my job?", `You work as ${a(one.job.en)}`],
  ];
  const told = random.sample(facts, random.between(1, 3));
  const asked = random.shuffle(told);
  const place = random.pick(PLACES);
  const between = random.sample(
    [
      `Then they went for a walk ${place.at.en}.`,
      `The weather was ${random.pick(WEATHER).en}.`,
      `${two.name} talked about ${two.food.en} and ${two.drink.en}.`,
      `They saw ${a(random.pick(ANIMALS).en)} and ${a(random.pick(ANIMALS).en)}.`,
      `They sat down and ate some ${random.pick(FOODS).en}.`,
      `${one.name} told a long story about a ${random.pick(THINGS).en}.`.replace(
        " a umbrella",
        " an umbrella",
      ),
    ],
    random.between(1, 4),
  );
  return [
    ...told.map(([fact], index) =>
      index === 0
        ? random.pick([
            `"Remember, ${fact}," said ${one.name} to ${two.name}.`,
            `"Please do not forget: ${fact}," ${one.name} told ${two.name}.`,
            `${one.name} said to ${two.name}, "${capital(fact)}."`,
          ])
        : random.pick([`"And ${fact}," ${one.he} said.`, `"${capital(fact)}," ${one.name} said too.`]),
    ),
    ...between,
    ...asked.flatMap(([, question, answer], index) => [
      index === 0
        ? random.pick([
            `Later ${one.name} asked, "${question}"`,
            `In the evening ${one.name} said, "Now tell me. ${question}"`,
          ])
        : random.pick([
            `"${question}" asked ${one.name}.`,
            `"And ${question.charAt(0).toLowerCase()}${question.slice(1)}"`,
          ]),
      random.pick([`"${answer}," said ${two.name}.`, `${two.name} remembered it: "${answer}."`]),
    ]),
    random.pick([`"That is right!" said ${one.name}.`, `"You remember everything," said ${one.name}.`]),
  ].join(" ");
};

/** A small journey, with weather and feelings. */
const journey: Piece = ({ random, people, town }) => {
  const [one, two] = random.two(people);
  const weather = random.pick(WEATHER).en;
  const feeling = random.pick(FEELINGS).en;
  const day = random.pick(DAYS).en;
  const from = random.pick([one.city.en, town]);
  return [
    `It was ${day} and the day was ${weather}.`,
    `${one.name} and ${two.name} took the train from ${from} to ${two.city.en}.`,
    random.pick([`${one.name} was ${feeling}.`, `"I am ${feeling} today," said ${one.name}.`]),
    random.pick([
      `"Why are you ${feeling}?" asked ${two.name}. "Because the day is ${weather}," said ${one.name}.`,
      `"Why are you ${feeling}?" asked ${two.name}. "Because I left my ${one.thing.en} at home," said ${one.name}.`,
    ]),
    `In ${two.city.en} they went to eat. ${one.name} had ${one.food.en} and ${two.name} had ${two.food.en}.`,
    `${one.name} drank ${one.drink.en}. ${two.name} drank ${two.drink.en}.`,
    random.pick([
      `In the evening they were back in ${from}.`,
      `They came home late. "${two.city.en} is a big city," said ${one.name}.`,
    ]),
  ].join(" ");
};

/** A pet runs away and comes back. */
const pet: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const place = random.pick(PLACES);
  return [
    `${one.name} has ${a(one.pet.en)}. Its name is ${one.petName}.`,
    `${one.petName} is ${one.petColour.en} and lives ${one.pet.home.en.includes("house") ? "in the house" : "near the house"}.`,
    random.pick([
      `Every day ${one.petName} eats ${one.pet.eats.en}.`,
      `${one.name} gives ${one.petName} some ${one.pet.eats.en} every morning.`,
    ]),
    random.pick([
      `One morning ${one.petName} was not there. "${one.petName}! ${one.petName}! Where are you?" called ${one.name}.`,
      `Yesterday ${one.petName} ran away. ${one.name} called, "${one.petName}! ${one.petName}! ${one.petName}!"`,
    ]),
    `${capital(one.he)} found the ${one.petColour.en} ${one.pet.en} ${place.at.en}.`,
    random.pick([
      `"There you are, ${one.petName}," said ${one.name}, and they went home.`,
      `${one.petName} was hungry, so ${one.name} gave it some ${one.pet.eats.en}.`,
    ]),
  ].join(" ");
};

/** Who has which colour: several facts side by side, then asked one by one. */
const whoHasWhat: Piece = ({ random, people }) => {
  const some = random.sample(people, 3);
  const thing = random.pick(THINGS).en;
  const colours = some.map((person) => person.thingColour.en);
  const lines = some.map((person, index) => `${person.name} has ${a(`${colours[index]} ${thing}`)}.`);
  const questions = random.shuffle(some).map((person) => {
    const colour = person.thingColour.en;
    return random.pick([
      `What colour is the ${thing} of ${person.name}? It is ${colour}.`,
      `The ${thing} of ${person.name} is ${colour}.`,
      `Which ${thing} does ${person.name} have? The ${colour} one.`,
    ]);
  });
  return `${lines.join(" ")} ${questions.join(" ")}`;
};

/** A dialogue between two people, in prose with quotation marks. */
const dialogue: Piece = ({ random, people }) => {
  const [one, two] = random.two(people);
  const exchanges: readonly (() => string)[] = [
    () => `"What is your name?" "My name is ${two.name}." "Nice to meet you, ${two.name}. I am ${one.name}."`,
    () =>
      `"What do you do?" asked ${one.name}. "I am ${a(two.job.en)}," said ${two.name}. "And you?" "I am ${a(one.job.en)}."`,
    () =>
      `"What do you like to eat?" "I like ${two.food.en}," said ${two.name}. "I like ${one.food.en}," said ${one.name}.`,
    () =>
      `"Do you have an animal?" "Yes, I have ${a(two.pet.en)}. It is called ${two.petName}." "${two.petName} is a good name."`,
    () =>
      `"Where do you live?" "I live in ${two.city.en}." "Is ${two.city.en} nice?" "Yes, ${two.city.en} is very nice."`,
    () =>
      `"What is your favourite colour?" "${capital(two.colour.en)}," said ${two.name}. "${capital(two.colour.en)} is beautiful."`,
    () => `"How are you today?" "I am ${random.pick(FEELINGS).en}, thank you."`,
    () => `"What day is it?" "It is ${random.pick(DAYS).en}."`,
    () => `"How is the weather?" "It is ${random.pick(WEATHER).en} today."`,
    () =>
      `"What do you do in the evening?" "I like ${two.hobby.en}," said ${two.name}. "Do you like ${two.hobby.en} too?" "No, I like ${one.hobby.en}."`,
  ];
  return [
    `${one.name} met ${two.name} ${random.pick(PLACES).at.en}.`,
    `"${random.pick(["Hello", "Good morning", "Good evening", "Hi"])}!" said ${one.name}.`,
    ...random.sample(exchanges, 4).map((exchange) => exchange()),
    `"${random.pick(["Goodbye", "See you soon", "Have a nice day"])}, ${two.name}!" "Goodbye, ${one.name}!"`,
  ].join(" ");
};

const letter: Piece = ({ random, town, people }) => {
  const [one, two] = random.two(people);
  const body = random.sample(
    [
      `I am writing to you from ${one.city.en}.`,
      `The weather here is ${random.pick(WEATHER).en}.`,
      `Yesterday I ate ${one.food.en} and drank ${one.drink.en}.`,
      `My ${one.pet.en} ${one.petName} is well and eats a lot of ${one.pet.eats.en}.`,
      `I bought ${a(`${one.thingColour.en} ${one.thing.en}`)}.`,
      `I am learning ${one.hobby.en === "swimming" ? "to swim" : `to ${one.hobby.base}`}.`,
      `I feel ${random.pick(FEELINGS).en} today.`,
      `How is your ${two.pet.en} ${two.petName}?`,
      `Do you still like ${two.food.en}?`,
      `Are you still ${a(two.job.en)}?`,
    ],
    6,
  );
  return `Dear ${two.name},\n${body.join(" ")} ${random.pick([
    `Please come and see me in ${one.city.en} soon.`,
    `I hope to be back in ${town} on ${random.pick(DAYS).en}.`,
    `Please write to me soon.`,
  ])}\nYour friend,\n${one.name}`;
};

const diary: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const start = random.below(5);
  const [first, second] = [DAYS[start]?.en ?? "Monday", DAYS[start + 1]?.en ?? "Tuesday"];
  const place = random.pick(PLACES);
  const animal = random.pick(ANIMALS).en;
  return [
    `${first}. Today it was ${random.pick(WEATHER).en}. I was ${place.at.en} with ${one.name}. We saw ${a(animal)} and ate ${one.food.en}. ${one.name} wore ${a(`${one.thingColour.en} hat`)}.`,
    `${second}. Yesterday I was ${place.at.en}, and today I was at home. I thought of the ${animal} we saw on ${first}. I felt ${random.pick(FEELINGS).en}. In the evening ${one.name} came and brought ${one.drink.en}.`,
  ].join("\n");
};

/** A day told by the clock. */
const dayOf: Piece = ({ random, people }) => {
  const one = random.pick(people);
  const hours = [random.between(6, 8), random.between(9, 11), random.between(1, 4), random.between(7, 10)];
  return [
    `At ${hours[0]} o'clock ${one.name} gets up and drinks ${one.drink.en}.`,
    `At ${hours[1]} o'clock ${one.he} goes to work. ${capital(one.he)} is ${a(one.job.en)} and ${one.job.does.en}.`,
    `At ${hours[2]} o'clock ${one.he} eats ${one.food.en}.`,
    `At ${hours[3]} o'clock in the evening ${one.he} goes to bed.`,
    random.pick([
      `When does ${one.name} get up? At ${hours[0]} o'clock. When does ${one.he} go to bed? At ${hours[3]} o'clock.`,
      `What does ${one.he} drink at ${hours[0]} o'clock? ${capital(one.drink.en)}. What does ${one.he} eat at ${hours[2]} o'clock? ${capital(one.food.en)}.`,
    ]),
  ].join(" ");
};

/** Friends each bring something; the list comes back in order. */
const party: Piece = ({ random, people }) => {
  const [one, two, three] = random.three(people);
  return [
    `It was the birthday of ${one.name}. ${capital(one.he)} was ${one.age} years old.`,
    `${two.name} brought ${two.food.en}. ${three.name} brought ${three.food.en}.`,
    `${two.name} gave ${one.him} ${a(`${two.thingColour.en} ${two.thing.en}`)}, and ${three.name} gave ${one.him} ${a(`${three.thingColour.en} ${three.thing.en}`)}.`,
    "They sang and danced, and there were many candles on the table.",
    `In the evening ${one.name} looked at the presents: ${series([`the ${two.thingColour.en} ${two.thing.en} from ${two.name}`, `the ${three.thingColour.en} ${three.thing.en} from ${three.name}`])}.`,
    `"How old are you now?" asked ${two.name}. "I am ${one.age}," said ${one.name}.`,
  ].join(" ");
};

export const STORIES: readonly Piece[] = [
  introduction,
  lostThing,
  market,
  remember,
  remember,
  journey,
  pet,
  whoHasWhat,
  dialogue,
  letter,
  diary,
  dayOf,
  party,
];
