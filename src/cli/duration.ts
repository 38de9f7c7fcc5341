import type { Text } from "../language.ts";

/** A time in words, with the two units that count. */
export function durationText(seconds: number): Text {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return { en: `${h} h ${m} min`, zh: `${h} 小时 ${m} 分` };
  return m > 0 ? { en: `${m} min ${s} s`, zh: `${m} 分 ${s} 秒` } : { en: `${s} s`, zh: `${s} 秒` };
}
