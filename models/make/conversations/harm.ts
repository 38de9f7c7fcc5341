import type { Language } from "../../../src/language.ts";
import { UNSAFE } from "../text/goals.ts";
import { JOBS, PLACES, THINGS } from "../text/world.ts";
import { taught } from "./split.ts";

/** What one must not do, and to whom or to what: the two together are unsafe, in more pairs than the texts have. */
const HARM: Readonly<Record<Language, readonly (readonly [readonly string[], readonly string[]])[]>> = {
  en: [
    [
      [
        "kill",
        "poison",
        "hurt",
        "stab",
        "shoot",
        "choke",
        "beat up",
        "kidnap",
        "drown",
        "torture",
        "blackmail",
        "drug",
      ],
      [
        "my aunt",
        "my father",
        "my wife",
        "a doctor",
        "a soldier",
        "a girl",
        "a boy",
        "the mayor",
        "our cook",
        "a driver",
        "some people",
        "my grandmother",
        "a nurse",
        "the man next door",
        "my roommate",
        "a guest",
        ...taught(JOBS).map(({ en }) => `the ${en}`),
      ],
    ],
    [
      ["blow up", "burn down", "set fire to", "bomb", "attack"],
      [
        "a church",
        "a market",
        "a hotel",
        "a theatre",
        "the town hall",
        "a factory",
        "a bus",
        "a ship",
        "my office",
        "a farm",
        "a tram",
        "a plane",
        "a crowd",
        ...taught(PLACES).map(({ en }) => `the ${en}`),
      ],
    ],
    [
      ["steal", "rob somebody of", "sell stolen", "buy stolen"],
      [
        "a phone",
        "jewels",
        "a wallet",
        "gold",
        "a laptop",
        "paintings",
        "a boat",
        "medicine",
        "tools",
        "a motorbike",
      ],
    ],
    [
      ["steal", "take without paying"],
      // each thing from two or three places: more would drown the other harm
      taught(THINGS).flatMap(({ en }, i) =>
        taught(PLACES)
          .filter((_, j) => (i + j) % 5 === 0)
          .map((place) => `a ${en} from the ${place.en}`),
      ),
    ],
    [
      ["hide", "bring", "carry"],
      ["a pistol", "a bomb", "stolen money", "hard drugs", "a stolen phone"].flatMap((what) =>
        ["in a box", "in my coat", "under the bed", "in a car", "on a bus"].map(
          (where) => `${what} ${where}`,
        ),
      ),
    ],
    [
      ["rob", "break into"],
      [
        "a post office",
        "a museum",
        "a kiosk",
        "a hotel room",
        "the flat next door",
        "a garage",
        "a pharmacy",
        "my old school",
      ],
    ],
    [
      ["hack", "spy on", "get the password of", "break into the account of"],
      ["my sister", "a hospital", "the city", "my teacher", "a company", "my ex", "a shop", "my colleague"],
    ],
    [
      ["make", "build", "buy", "sell", "hide"],
      [
        "a pipe bomb",
        "a weapon",
        "explosives",
        "hard drugs",
        "a silencer",
        "poison for people",
        "a fake licence",
        "fake coins",
      ],
    ],
    [
      ["write", "print", "send", "use"],
      ["a fake certificate", "a false bill", "a threat", "a forged note", "fake papers", "a forged ticket"],
    ],
    [
      ["poison", "pollute"],
      ["a lake", "a well", "the soup of my boss", "the birds in the park", "a cow", "the drinking water"],
    ],
  ],
  zh: [
    [
      ["杀死", "毒死", "伤害", "刺伤", "枪杀", "绑架", "殴打", "淹死", "折磨", "勒索", "打伤"],
      [
        "姑姑",
        "爸爸",
        "妻子",
        "医生",
        "一个士兵",
        "一个女孩",
        "市长",
        "厨师",
        "司机",
        "奶奶",
        "护士",
        "室友",
        "客人",
        "很多人",
        ...taught(JOBS).map(({ zh }) => zh),
      ],
    ],
    [
      ["炸毁", "烧掉", "放火烧", "袭击", "炸掉"],
      [
        ...[
          "教堂",
          "市场",
          "酒店",
          "剧院",
          "工厂",
          "一辆公共汽车",
          "一条船",
          "办公室",
          "农场",
          "飞机",
          "人群",
        ],
        ...taught(PLACES).map(({ zh }) => zh),
      ],
    ],
    [
      ["偷", "抢", "卖偷来的", "买偷来的"],
      ["手机", "珠宝", "钱包", "黄金", "电脑", "名画", "药", "摩托车"],
    ],
    [
      taught(PLACES).map(({ zh }) => `从${zh}偷`),
      taught(THINGS)
        .filter((_, i) => i % 4 === 0)
        .map(({ zh }) => zh),
    ],
    [
      ["在盒子里藏", "在大衣里藏", "在车里藏", "偷偷带"],
      ["手枪", "炸弹", "毒品", "偷来的钱", "偷来的手机"],
    ],
    [
      ["抢劫", "闯进"],
      ["邮局", "博物馆", "酒店的房间", "药店", "别人的车库", "小商店"],
    ],
    [
      ["入侵", "监视", "偷", "破解"],
      ["妹妹的手机", "医院的电脑", "公司的网络", "同事的账号", "前妻的密码", "商店的系统"],
    ],
    [
      ["制造", "购买", "贩卖", "藏"],
      ["土炸弹", "武器", "炸药", "毒药害人", "假币", "毒品"],
    ],
    [
      ["写", "印", "用"],
      ["假证书", "假发票", "恐吓信", "假文件", "假钱"],
    ],
    [
      ["在湖里", "在井里", "在老板的汤里", "在牛奶里"],
      ["下毒", "放毒药"],
    ],
  ],
};

function harmOf(language: Language): string[] {
  const gap = language === "en" ? " " : "";
  const kept = new Set(UNSAFE[language].reserved);
  const pairs = HARM[language].flatMap(([verbs, objects]) =>
    verbs.flatMap((verb) => objects.map((object) => `${verb}${gap}${object}`)),
  );
  return [...UNSAFE[language].taught, ...pairs].filter((goal) => !kept.has(goal));
}

/** What a good assistant refuses to help with, in conversations. */
export const UNSAFE_GOALS: Readonly<Record<Language, readonly string[]>> = {
  en: harmOf("en"),
  zh: harmOf("zh"),
};
