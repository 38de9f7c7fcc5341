import type { LayoutCounts } from "../data/use-conversations.ts";
import type { PreflightFinding } from "./finding.ts";

/** Whether what is learned of conversations is what will be asked for when the model is served. */
export function checkAnswers({ ends, otherOpenings, thoughtless }: LayoutCounts): PreflightFinding[] {
  const answers = [...ends.values()].reduce((sum, count) => sum + count, 0);
  const endless = ends.get("") ?? 0;
  const findings: PreflightFinding[] = [];
  if (answers > 0 && endless === answers) {
    findings.push({
      id: "turn-ends",
      level: "stops",
      text: {
        en: "The template ends no answer with a token of its own, so that the model would not learn to stop; give the parent a template whose assistant turns end with one, such as <|im_end|>; where its vocabulary lacks that token, newTokens adds it.",
        zh: "模板没有用专门的词元结束任何回答，模型学不会停止；请为父模型提供助手轮次以专门词元（如 <|im_end|>）结束的模板；词表中没有该词元时可用 newTokens 添加。",
      },
    });
  } else if (endless > 0) {
    findings.push({
      id: "turn-ends",
      level: "warning",
      text: {
        en: `${endless} of ${answers} answers end without a token of their own; the model learns there to go on.`,
        zh: `${answers} 个回答中有 ${endless} 个没有以专门词元结束；模型会在那里学着继续写。`,
      },
    });
  }
  const distinct = [...ends.keys()].filter((end) => end !== "");
  if (distinct.length > 1) {
    const list = distinct.map((end) => `${end} (${ends.get(end)})`).join(", ");
    findings.push({
      id: "turn-ends",
      level: "warning",
      text: {
        en: `Answers end with different tokens: ${list}; serving must stop on all of them.`,
        zh: `回答以不同的词元结束：${list}；部署时必须在它们全部之上停止。`,
      },
    });
  }
  if (otherOpenings > 0) {
    findings.push({
      id: "openings",
      level: "warning",
      text: {
        en: `${otherOpenings} of ${answers} answers begin otherwise than the template opens one to be written; what is served then differs from what is learned.`,
        zh: `${answers} 个回答中有 ${otherOpenings} 个的开头与模板生成时的开头不同；部署时的格式会与训练不一致。`,
      },
    });
  }
  if (thoughtless > 0 && thoughtless < answers) {
    findings.push({
      id: "thoughts",
      level: "warning",
      text: {
        en: `${thoughtless} of ${answers} answers have no thought, and are learned with thinking switched off; the others with it on. Leave out one kind where the model is to do only the other.`,
        zh: `${answers} 个回答中有 ${thoughtless} 个没有思考内容，按关闭思考来学习，其余按开启思考；若只需要其中一种，请去掉另一种。`,
      },
    });
  }
  return findings;
}
