const zh = {
  open: "免费回电", title: "我们打给您", lead: "留下号码，由我们付话费。您的问题和所看的页面，坐席接通前就能看到。",
  number: "电话号码", numberHint: "手机号，或带区号的固定电话", name: "怎么称呼您", optional: "选填", note: "想问什么",
  when: "什么时候", now: "现在", at: "选个时间", pickTime: "回电时间", noSlots: "近几天已约满", closedNow: "现在不在服务时间，请选个时间。",
  follow: "让坐席看到我正在浏览的本站页面，方便讲解", send: "请给我回电", sending: "正在提交…", close: "关闭",
  needNumber: "请填写完整的电话号码。", needConsent: "请先勾选同意。", needTime: "请选择回电时间。",
  waiting: "正在为您排队", ahead: (n: number) => (n === 0 ? "下一位就是您" : `前面还有 ${n} 位`), wait: (m: number) => (m < 1 ? "预计不到 1 分钟" : `预计约 ${m} 分钟`),
  keepPhone: (n: string) => `请留意 ${n} 的来电，不必停在本页。`,
  scheduled: "已为您约好", dialling: "正在给您回电", diallingText: "电话响了请接听。", talking: "通话中", talkingText: (who: string) => (who === "" ? "坐席正在与您通话" : `${who} 正在与您通话`),
  over: "通话已结束", overText: "感谢您的来电，祝您愉快。", missed: "没能联系上您", missedText: "您可以再约一个方便的时间。",
  rate: "您对这次服务满意吗？", scores: ["非常不满意", "不满意", "一般", "满意", "非常满意"], score: (n: number, word: string) => `${n} 分，${word}`, comment: "想说的话（选填）", rateSend: "提交评价", needScore: "请先选择 1 到 5 分。",
  rated: "感谢您的评价", sorry: "非常抱歉没有让您满意，我们会尽快与您联系。",
  cancelled: "已取消", cancelledText: "我们不会再打给您。", cancel: "取消回电", move: "改时间", moveDone: "确定改时间", back: "返回", again: "再约一次", retry: "重试",
  page: "坐席给您看一个页面", today: "今天", tomorrow: "明天", ofZone: (zone: string) => `（${zone}）`, yourZone: (zone: string) => `以上是您当地的时间（${zone}）。`, lost: "连接中断，正在重连…", failed: "暂时连不上服务器，请稍后再试。",
  following: "坐席可以看到您所在的页面", unfollow: "不再显示", cannot: "这个号码我们打不了，请换一个手机号或固定电话。", barred: "这个号码登记过不接听我们的来电，所以我们不会拨打。请换一个号码，或来电告诉我们。", callback_open: "这个号码已经约过回电，我们会尽快打给您。",
};

export type WidgetWords = typeof zh;

const en: WidgetWords = {
  open: "Call me back", title: "We call you", lead: "Leave your number; the call is on us. The agent sees what it is about, and this page, before you talk.",
  number: "Telephone number", numberHint: "Mobile, or landline with area code", name: "Your name", optional: "optional", note: "What is it about",
  when: "When", now: "Now", at: "At a time", pickTime: "Time of the call", noSlots: "No times are free in the next days", closedNow: "We are closed now; please choose a time.",
  follow: "Let the agent see which page of this site I am on", send: "Please call me", sending: "Sending…", close: "Close",
  needNumber: "Please enter your whole telephone number.", needConsent: "Please tick the box to agree first.", needTime: "Please choose a time.",
  waiting: "You are in line", ahead: (n) => (n === 0 ? "You are next" : n === 1 ? "1 person is before you" : `${n} people are before you`), wait: (m) => (m < 1 ? "less than a minute" : `about ${m} min`),
  keepPhone: (n) => `Keep an ear on ${n}. You need not stay on this page.`,
  scheduled: "It is arranged", dialling: "We are calling you", diallingText: "Please answer when it rings.", talking: "On the phone", talkingText: (who) => (who === "" ? "You are talking with an agent" : `You are talking with ${who}`),
  over: "The call is over", overText: "Thank you, and have a good day.", missed: "We could not reach you", missedText: "You can choose another time.",
  rate: "How satisfied are you?", scores: ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"], score: (n, word) => `${n}, ${word}`, comment: "Anything to add (optional)", rateSend: "Send", needScore: "Please choose 1 to 5 first.",
  rated: "Thank you for your rating", sorry: "We are sorry that you are not satisfied, and will contact you soon.",
  cancelled: "Cancelled", cancelledText: "We will not call you.", cancel: "Cancel the call", move: "Change the time", moveDone: "Change it", back: "Back", again: "Ask again", retry: "Try again",
  page: "The agent shows you a page", today: "today", tomorrow: "tomorrow", ofZone: (zone) => ` (${zone})`, yourZone: (zone) => `These are your local times (${zone}).`, lost: "Connection lost, trying again…", failed: "The server cannot be reached; please try again later.",
  following: "The agent can see which page you are on", unfollow: "Stop that", cannot: "We cannot ring this number; please give a mobile or landline number.", barred: "This number asked not to be called, so we do not ring it. Please give another one, or ring us.", callback_open: "A call to this number is arranged already; we will ring you soon.",
};

export const words = { zh, en };
