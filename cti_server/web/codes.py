"""Every problem by its stable code: HTTP status and text in both languages."""

from collections.abc import Mapping

Text = tuple[str, str]
"""zh-CN, en."""

CODES: Mapping[str, tuple[int, Text]] = {
    # signing in
    "not_signed_in": (401, ("请先登录。", "Sign in first.")),
    "invalid_credentials": (401, ("用户名或密码不正确。", "The user name or the password is wrong.")),
    "too_many_attempts": (429, ("尝试次数过多，请稍后再试。", "Too many attempts; try again in a moment.")),
    "not_allowed": (403, ("您没有执行此操作的权限。", "You are not allowed to do this.")),
    "console_header_missing": (
        403,
        (
            "浏览器会话的修改请求必须带有 X-CTI-Console: 1。",
            "Changes made with the cookie need X-CTI-Console: 1.",
        ),
    ),
    "no_seat": (409, ("您的账号没有坐席。", "Your account has no agent seat.")),
    # what the floor refuses
    "unknown_agent": (404, ("没有这个坐席。", "There is no such agent.")),
    "unknown_queue": (404, ("没有这个队列。", "There is no such queue.")),
    "signed_out": (409, ("请先签入，再示闲。", "Sign in to the floor first.")),
    "not_your_interaction": (409, ("这通会话不在您手上。", "You are not in this conversation.")),
    "not_connected": (409, ("通话已经结束。", "The conversation is over already.")),
    "not_wrapping_up": (409, ("会话结束后才能完成整理。", "It can be completed once the conversation is over.")),
    "no_phone": (409, ("您的话机还没有连接，请稍候。", "Your phone is not connected yet; wait a moment.")),
    "no_such_offer": (409, ("来电已不再振铃。", "This call does not ring for you any more.")),
    "callbacks_off": (
        409,
        ("没有设置外呼线路，不能回电。", "No line for calling out is set up: nobody can be called back."),
    ),
    "number_not_allowed": (422, ("此号码不允许外呼。", "This number may not be called.")),
    "do_not_call": (
        409,
        (
            "此号码在免打扰名单上，我们不会拨打。如是您的号码，请来电让我们移出。",
            "This number is on our do-not-call list. If it is yours, ring us and we take it off.",
        ),
    ),
    "list_full": (
        409,
        ("免打扰名单已满，请改用号段。", "The do-not-call list is full; refuse a prefix instead."),
    ),
    "callback_open": (
        409,
        ("此号码在该队列已有一个回电。", "A callback to this number is open already."),
    ),
    "slot_full": (409, ("该时段已约满，请另选时间。", "Nobody else can be promised this time; choose another one.")),
    "slot_closed": (422, ("该时间不回电，请另选时间。", "Nobody is called at this time; choose another one.")),
    "too_late": (422, ("时间太远，请选近一些的时间。", "That is too far ahead; choose an earlier time.")),
    "unknown_callback": (404, ("没有这个未完成的回电。", "There is no such open callback.")),
    "case_closed": (409, ("此工单已办结。", "This case is closed already.")),
    "callback_under_way": (409, ("正在回电，暂不能更改。", "It is under way just now and cannot be changed.")),
    # requests
    "unknown_reason": (422, ("没有这个示忙原因。", "There is no such not-ready reason.")),
    "unknown_disposition": (422, ("没有这个完成情况。", "There is no such disposition.")),
    "invalid_request": (422, ("请求内容有误，请检查标出的字段。", "The request is not valid; see the fields named.")),
    "invalid_cursor": (
        422,
        ("翻页标记无效，请从第一页重新开始。", "Unknown cursor; start from the first page."),
    ),
    "invalid_number": (422, ("电话号码无法识别。", "This is not a telephone number.")),
    "recording_refused": (422, ("这段录音不能使用。", "This recording cannot be used.")),
    "prompt_in_use": (409, ("有流程正在使用这条提示音。", "A flow in force says this prompt.")),
    "upload_too_slow": (408, ("上传太慢，请再试一次。", "The upload took too long; try again.")),
    "idempotency_key_reused": (
        422,
        ("此 Idempotency-Key 已用于另一个请求。", "This Idempotency-Key was used for another request."),
    ),
    "configuration_refused": (
        422,
        ("配置有误，现行配置不变；请见 problems。", "It cannot be used; what is in force stays. See problems."),
    ),
    "if_match_missing": (
        428,
        ("请用 If-Match 写明所改的版本（见 ETag）。", "Name the version you changed in If-Match (see ETag)."),
    ),
    "changed_meanwhile": (
        412,
        ("他人已发布新版本，请在其基础上修改。", "Somebody published another version; start from that one."),
    ),
    "media_type_unknown": (
        415,
        ("请用 application/json 或 application/yaml。", "Use application/json or application/yaml."),
    ),
    "range_not_satisfiable": (416, ("请求的范围超出录音长度。", "The range lies outside the recording.")),
    "body_too_large": (413, ("请求内容过大。", "The request is too large.")),
    "not_found": (404, ("没有找到。", "Not found.")),
    "past_unknown": (
        410,
        ("当时的记录已不完整，无法说明原因。", "The record of that moment is not complete any more."),
    ),
    "method_not_allowed": (405, ("此地址不支持该方法。", "This address does not support that method.")),
    "recording_missing": (404, ("录音文件不存在。", "The recording's file is not there.")),
    "recording_changed": (
        409,
        ("录音文件与登记不符，已停止播放。", "The file is not the one that was stored."),
    ),
    # visitors of other web sites
    "origin_not_allowed": (403, ("此网站未获准使用。", "This web site may not use this.")),
    "unknown_site": (404, ("没有这个网站，请检查 data-key。", "There is no such site; check data-key.")),
    "unknown_request": (404, ("预约已失效，请重新提交。", "This request is not known any more; ask again.")),
    "form_expired": (409, ("页面已过期，请再提交一次。", "The form has expired; please send it once more.")),
    "form_too_fast": (429, ("请稍候一两秒再提交。", "Please wait a second or two, then send it again.")),
    "consent_changed": (
        409,
        ("同意条款已更新，请重新阅读。", "The text you agree to has changed; please read it again."),
    ),
    "invalid_page": (422, ("网址须属于该网站。", "The address has to be a page of that site.")),
    "closed_now": (409, ("现在不在服务时间，请选择回电时间。", "We are closed now; please choose a time.")),
    "slot_taken": (409, ("该时段已约满，请另选时间。", "That time is not free any more; please choose another.")),
    "too_many_requests": (429, ("请求次数过多，请稍后再试。", "Too many requests; please try again later.")),
    "too_many_streams": (503, ("打开的页面过多，请稍后再试。", "Too many open pages; try again in a moment.")),
    "not_following": (409, ("访客未同意显示所在页面。", "The visitor did not agree to show his pages.")),
    "too_many_pages": (409, ("推送的页面已达上限。", "He was shown as many pages as one can be.")),
    "unknown_calendar": (422, ("没有这个服务时间表。", "There is no such calendar.")),
    # surveys
    "survey_answered": (409, ("这次通话已经评价过了，谢谢。", "This call was rated already; thank you.")),
    "bad_score": (422, ("评分为 1 到 5。", "A score is 1 to 5.")),
    "nothing_to_rate": (404, ("没有可评价的通话。", "There is no such call to rate: nobody talked in it.")),
    # webhooks
    "invalid_webhook_url": (
        422,
        ("回调地址须为公网 https 地址。", "The address has to be https, to a host that may be reached."),
    ),
    # our own troubles
    "database_away": (
        503,
        ("数据库暂时不可用，通话不受影响，请稍后再试。", "The database is away; calls go on. Try again soon."),
    ),
    "console_missing": (
        503,
        (
            "界面尚未构建：请在 agent_console 中运行 npm ci && npm run build。",
            "The console is not built: run npm ci && npm run build in agent_console.",
        ),
    ),
    "internal_error": (500, ("服务器内部错误，已记录。", "Internal error; it was recorded.")),
}
