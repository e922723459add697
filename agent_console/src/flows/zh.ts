export const zh = {
  title: "语音流程", lead: "客户在人工接听之前听到的一切。修改不影响正在进行的通话。", add: "新建流程", empty: "还没有流程。", error: "流程没有取到。", denied: "您没有查看语音流程的权限",
  deniedText: "请联系管理员。", flow: "流程", numbers: "号码", none: "被其他流程引用", inForce: "现行", draft: "草稿", changed: "最近修改", notYet: "尚未发布", version: "版本 {{n}}", offered: "新版本自带 {{n}}",
  by: "{{who}} · {{when}}", unusable: "不可用", newId: "流程名", newIdHint: "字母、数字、- 和 _，例如 95599", newTitle: "标题", newNumber: "号码", create: "创建", taken: "已经有这个流程了。", badId: "只能用字母、数字、- 和 _。",
  back: "所有流程", undo: "撤销", redo: "重做", addStep: "添加步骤", save: "保存草稿", saved: "已保存为版本 {{n}}，尚未生效", publish: "发布…", unsaved: "未保存", readOnly: "只读：发布流程需要管理员权限",
  canvas: "流程图", steps: "步骤", edit: "编辑", view: "视图", restored: "已恢复 {{when}} 未保存的修改。", discard: "放弃修改", restoredOld: "已恢复 {{when}} 未保存的修改；此后 {{who}} 保存了版本 {{n}}。",
  yamlBroken: "第 {{line}} 行不是有效的 YAML：{{message}}。流程图仍是改错之前的样子。", goLine: "去改", fit: "看全部", zoomIn: "放大", zoomOut: "缩小",
  start: "来电", startsHere: "来电从这里开始", fallbackHere: "兜底", leadsBack: "回到", noStep: "没有这一步", handle: "连线点", problems_one: "{{count}} 个问题", problems_other: "{{count}} 个问题", way: "从“{{from}}”的“{{by}}”到“{{to}}”",
  tab: { step: "步骤", flow: "流程", try: "试走", problems: "问题", yaml: "YAML", versions: "版本" },
  form: {
    none: "整个流程", pick: "点一个步骤来修改它。", name: "步骤名", badName: "以小写字母开头，只用小写字母、数字和 _。", taken: "已经有这个步骤。", remove: "删除步骤", removeTitle: "删除“{{name}}”？",
    removeNone: "没有路通向它。", leadHere: "{{count}} 条路通向它，改为通向：", removeOk: "删除", addOne: "添加", takeOut: "移除", go: "去这一步", addPrompt: "添加提示音", addValue: "添加要读的值",
    key: "按键", pressed: "按 {{key}}", fallbackKept: "兜底步骤不能删除，请先换一个。", up: "上移", from: "从哪里来", expression: "表达式", optional: "可选", broken: "先改正 YAML，再用表单修改。",
  },
  problem: { none: "没有问题，可以发布。", checking: "正在检查…", flow: "整个流程", error: "错误", warning: "提醒", failed: "没能检查：{{why}}" },
  tryOut: {
    lead: "不打电话，按键走一遍。只在这里试，不影响任何来电。", again: "重来", back: "退一步", keypad: "拨号键盘", silence: "不按键", hangUp: "挂断", done: "输完", pressed: "按 {{keys}}", nothing: "不按键", left: "来电者挂断",
    waitKeys: "等待按键（{{seconds}} 秒）", waitNumber: "等待输入最多 {{most}} 位", endKey: "按 {{end}} 结束", waitAsk: "查询 {{target}}，它答复什么？", waitScript: "脚本 {{target}} 返回什么？", answer: "就这样答复", fail: "没有答复", why: "原因", field: "字段", addField: "加一个字段",
    queue: "进入队列", message: "留言", hang_up: "挂机", over: "走完了", caller: "来电者", known: "老客户", grade: "等级", language: "语言", phone: "号码", at: "来电时间", shown: "坐席看到", variables: "变量", cannot: "流程还跑不起来，先改正问题。", asked: "查询", script: "脚本", failed: "试走没有成功：{{why}}",
    transfer: "转至外线", callback: "约定回电", dictate: "口述记录", waitTransfer: "正在呼叫 {{target}}，结果如何？", waitDictate: "等待来电者口述",
    did_answered: "接听并通话", did_speak: "口述", did_fail: "没有成功", did_no_answer: "无人接听", did_busy: "忙线", did_refused: "拒接", did_not_allowed: "不允许外呼",
    valueHint: "true、false 是是非值，其余为文本",
  },
  yaml: { label: "流程的 YAML 文本", hint: "与流程图是同一份内容，注释保留。", copy: "复制", download: "下载", readOnly: "只读" },
  versions: {
    compare: "比较", withForce: "与现行比较", withMine: "与我的比较", restore: "恢复", restoreTitle: "恢复版本 {{n}}？", restoreText: "它会成为最新版本并马上生效，之后的来电都用它。未保存的修改会放弃。", restoreOk: "恢复并发布", note: "说明", noNote: "没有说明",
    shipped: "随程序发布", restoredFrom: "恢复自版本 {{n}}", from: "版本 {{n}}", mine: "未保存的修改", same: "没有区别。", layoutOnly: "只改了注释或排版。", text: "逐行对照", words: "改了什么",
  },
  publishing: {
    title: "发布 {{id}}", lead: "之后的来电马上用新版本；正在进行的通话走完原来的版本。", note: "改了什么、为什么", noteHint: "写给以后看的人，例如“3 键改接故障报修”", ok: "发布", problems: "有问题，还不能发布：", done: "已发布版本 {{n}}，之后的来电都用它", nothing: "与现行版本没有区别。", changes: "与现行版本相比",
  },
  conflict: {
    title: "{{who}} 先保存了", text: "您改的时候，{{who}} 在 {{when}} 保存了版本 {{n}}{{note}}。您的修改没有保存，也没有丢失。", look: "看对方改了什么", take: "放弃我的，打开版本 {{n}}", copy: "我的另存为副本", copied: "已另存为 {{id}}（草稿）", stay: "继续编辑", note: "（{{note}}）",
  },
  keys: "Tab 选步骤 · 回车打开 · Ctrl/⌘ Z 撤销 · Ctrl/⌘ S 保存",
};
