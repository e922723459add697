import type { Lang } from "../shared/format";
import type { Mistake, Path } from "./document";

/** Names of what the flow language has, as people say them; what is new to this page is shown as the language writes it. */
type Both = readonly [zh: string, en: string];

const KINDS: Readonly<Record<string, Both>> = {
  say: ["播放", "Say"], menu: ["菜单", "Menu"], collect: ["收号", "Take a number"], hours: ["营业时间", "Opening hours"], ask: ["查询或办理", "Ask a system"],
  script: ["脚本", "Script"], branch: ["分支", "Branch"], set: ["赋值", "Set"], sub_flow: ["子流程", "Part"], return: ["返回", "Return"], queue: ["转人工队列", "Queue"],
  voicemail: ["留言", "Voicemail"], set_language: ["切换语言", "Language"], hang_up: ["挂机", "Hang up"], callback: ["预约回电", "Offer a callback"], callback_due: ["已约回电", "Callback due"], survey: ["满意度", "Survey"],
  dictate: ["口述记录", "Dictate"], transfer: ["转至外线", "Transfer outside"],
};

const FIELDS: Readonly<Record<string, Both>> = {
  prompt: ["播放内容", "Says"], next: ["然后", "Then"], otherwise: ["否则", "Otherwise"], title: ["名称（坐席看到）", "Title (agents see it)"], keys: ["按键", "Keys"], timeout: ["不按键时", "No key"],
  wrong_key: ["按错键时", "Wrong key"], seconds: ["等待秒数", "Seconds"], repeats: ["重播次数", "Repeats"], tries: ["第几次算错", "Mistakes allowed"], interruptible: ["按键可打断", "Keys interrupt it"],
  unsaid: ["读不出时", "Cannot be said"], into: ["存入变量", "Into variable"], digits: ["位数", "Digits"], min: ["最少", "Least"], max: ["最多", "Most"], end: ["结束键", "End key"], check: ["校验", "Check"],
  secret: ["保密（密码）", "Secret (PIN)"], calendar: ["日历", "Calendar"], open: ["营业中", "Open"], closed: ["已下班", "Closed"], holiday: ["节假日", "Holiday"], connector: ["业务系统", "Connector"],
  action: ["操作", "Action"], arguments: ["参数", "Arguments"], reasons: ["按原因", "By reason"], script: ["脚本", "Script"], when: ["条件", "Conditions"], if: ["如果", "If"], variables: ["变量", "Variables"],
  skills: ["技能要求", "Skills required"], priority: ["优先级", "Priority"], show: ["坐席屏幕", "Agent's screen"], flow: ["流程", "Flow"], queue: ["队列", "Queue"], language: ["语言", "Language"],
  say: ["读作", "Said as"], value: ["值", "Value"], numbers: ["号码", "Numbers"], languages: ["语言", "Languages"], language_skills: ["语言要求的技能", "Skills by language"], start: ["第一步", "First step"],
  to: ["转至号码", "Number outside"], ring_seconds: ["振铃秒数", "Rings for seconds"], record: ["录音", "Recorded"], unreached: ["未接通时播放", "Says when not reached"], key: ["同意的按键", "Key for yes"],
  times: ["可选时间", "Offers times"], days: ["几天内", "Within days"], repeat_callers: ["已约回电者再来电", "Who is to be rung and rings again"],
  time_limit: ["最多等几秒", "Seconds at most"], fallback: ["兜底（转人工）", "Fallback (a queue)"], needs: ["需要的变量", "Needed variables"], do: ["类型", "Kind"],
};

const OPTIONS: Readonly<Record<string, Both>> = {
  luhn: ["银行卡号", "Bank card"], id_card: ["身份证号", "Identity card"], mobile: ["手机号", "Mobile number"], date: ["日期", "Date"], timeout: ["超时", "Timed out"], unreachable: ["连不上", "Unreachable"],
  refused: ["被拒绝", "Refused"], not_found: ["查无", "Not found"], bad_answer: ["答复有误", "Bad answer"], busy: ["繁忙", "Busy"], number: ["数字", "Number"], ordinal: ["序数", "Ordinal"], digits: ["逐位", "Digit by digit"],
  asked: ["先问他", "Is asked first"], ignored: ["不问", "Is not asked"], money: ["金额", "Money"], time: ["时间", "Time"], datetime: ["日期时间", "Date and time"], duration: ["时长", "Duration"], phone: ["电话号码", "Phone number"], text_id: ["车牌、编号", "Plate, code"], "": ["无", "None"],
};

const pick = (words: Both | undefined, lang: Lang, raw: string): string => (words === undefined ? raw : words[lang === "zh" ? 0 : 1]);
const own = (all: Readonly<Record<string, Both>>, name: string): Both | undefined => (Object.hasOwn(all, name) ? all[name] : undefined);

export const kindWord = (kind: string, lang: Lang): string => pick(own(KINDS, kind), lang, kind);
/** Times that are one number of seconds, not what happens without a key. */
export const LIMIT = "time_limit";
export const fieldWord = (field: string, lang: Lang): string => pick(own(FIELDS, field), lang, field);
export const optionWord = (option: string, lang: Lang): string => pick(own(OPTIONS, option), lang, option);

/** What a way out of a step is called: a key, or why it is taken. */
export function wayWord(path: Path, lang: Lang): { key: string; words: string } {
  const [field, part] = path;
  if (field === "keys") return { key: String(part), words: "" };
  if (field === "when") return { key: "", words: `${fieldWord("if", lang)} ${Number(part) + 1}` };
  if (field === "reasons") return { key: "", words: optionWord(String(part), lang) };
  return { key: "", words: fieldWord(String(field), lang) };
}

const MISTAKES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "同一个键写了两次", BAD_INDENT: "缩进不对，或括号没有合上", MISSING_CHAR: "缺少引号、括号或冒号", TAB_AS_INDENT: "缩进要用空格，不能用制表符", UNEXPECTED_TOKEN: "这里多了内容",
  MULTILINE_IMPLICIT_KEY: "键不能写成两行，可能少了冒号", BLOCK_AS_IMPLICIT_KEY: "一行里有两个冒号，请加引号", BAD_SCALAR_START: "开头的符号要加引号", ALIAS: "不能用锚点和别名（& 和 *）",
};

/** What is wrong with a text that is no YAML, in the page's language. */
export const mistakeWords = (mistake: Mistake, lang: Lang): string => (lang === "zh" ? (Object.hasOwn(MISTAKES, mistake.code) ? MISTAKES[mistake.code] : undefined) ?? "写法不对" : mistake.message);

/** A prompt or a value in the words of this language. */
export function promptWords(prompt: string | { say: string; value: string }, texts: ReadonlyMap<string, { texts: Readonly<Record<string, string>> }> | undefined, lang: Lang): string {
  if (typeof prompt !== "string") return `〔${optionWord(prompt.say, lang)} ${prompt.value}〕`;
  const known = texts?.get(prompt)?.texts;
  return known?.[lang] ?? known?.["zh"] ?? prompt;
}
