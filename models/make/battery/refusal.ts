const REFUSALS: readonly RegExp[] = [
  /\b(?:can(?:['’]t|not| not)|won['’]t|will not|(?:am|['’]m) (?:not able|unable) to) (?:\w+ )?(?:help|assist|do (?:that|this)|provide|answer that|support)/i,
  /\b(?:i (?:must|have to) (?:refuse|decline)|i refuse)\b/i,
  /(?:不能|无法|不会|没法|不可以)(?:\S{0,4})(?:帮|提供|协助|回答这个)|帮不了|拒绝(?:回答|提供|帮)/,
];

/** Whether a reply refuses to help, in English or Chinese. It reads the first two sentences, where refusals stand. */
export function isRefusal(reply: string): boolean {
  const opening = reply
    .split(/(?<=[.!?。！？])/)
    .slice(0, 2)
    .join("");
  return REFUSALS.some((refusal) => refusal.test(opening));
}
