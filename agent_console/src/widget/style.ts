/**
 * Adopted by the shadow root: no inline styles, so a strict policy of the page does not matter. All hangs on `.w`, as
 * rules of the page still reach the host element itself.
 */
export const style = `
:host{display:contents!important}
.w{all:initial;--bg:#fff;--sunk:#f5f7fa;--line:#dbe1ea;--text:#161b24;--faint:#566071;--go:#1b55c4;--go2:#1648a8;--on:#fff;--soft:#e9f0fd;--ok:#16783f;--oks:#e3f4ea;--bad:#b92923;--bads:#fdeceb;--seg:#fff;
position:fixed;right:20px;bottom:20px;z-index:2147483000;color:var(--text);color-scheme:light;
font:15px/1.5 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei","Segoe UI",Roboto,sans-serif;-webkit-font-smoothing:antialiased}
.w.dark{--bg:#1a2028;--sunk:#12161c;--line:#333d4a;--text:#e7ebf1;--faint:#9aa6b6;--go:#7fabf8;--go2:#9bbdfa;--on:#0b1424;--soft:#17284a;--ok:#56cf86;--oks:#12301f;--bad:#f58a84;--bads:#3a1917;--seg:#2b3644;color-scheme:dark}
*{box-sizing:border-box}[hidden]{display:none!important}
button,input,select{font:inherit;color:inherit;margin:0}h2,p,ul,fieldset,legend{margin:0;padding:0;border:0;min-width:0}
button{cursor:pointer}:focus-visible{outline:3px solid var(--go);outline-offset:2px}
svg{flex:none;width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.fab{display:flex;align-items:center;gap:10px;min-height:52px;padding:0 22px 0 18px;border:0;border-radius:26px;background:var(--go);color:var(--on);font-weight:600;font-size:16px;box-shadow:0 6px 20px rgb(16 32 72/28%);transition:background .12s,transform .12s}
.fab:hover{background:var(--go2);transform:translateY(-1px)}.fab small{font-size:13px;font-weight:500;opacity:.92}
.card{position:absolute;right:0;bottom:0;width:372px;max-height:calc(100vh - 40px);max-height:calc(100dvh - 40px);overflow:auto;overscroll-behavior:contain;background:var(--bg);border:1px solid var(--line);border-radius:18px;box-shadow:0 18px 50px rgb(16 24 40/26%);animation:up .16s ease-out}
@keyframes up{from{opacity:0;transform:translateY(12px)}}
.card:focus{outline:0}
.head{display:flex;align-items:flex-start;gap:12px;padding:20px 20px 0}.head>div{flex:1}
h2{font-size:19px;line-height:1.3;font-weight:650}.site{font-size:13px;color:var(--faint)}
.x{display:grid;place-items:center;width:40px;height:40px;margin:-8px -8px 0 0;border:0;border-radius:50%;background:none;color:var(--faint)}.x:hover{background:var(--sunk)}
.body{display:flex;flex-direction:column;gap:14px;padding:12px 20px 20px}
.form{display:flex;flex-direction:column;gap:14px}.form>.zone{margin-top:-8px}.body :is(div,.zone):empty{display:none}
.lost{margin:12px 20px 0;padding:8px 13px;border-radius:11px;background:var(--sunk);font-size:14px;color:var(--faint)}
.lead{font-size:14px;color:var(--faint)}
.field{display:flex;flex-direction:column;gap:5px}.field>span,legend{font-size:14px;font-weight:600}.field i{font-style:normal;font-weight:400;color:var(--faint)}
input[type=tel],input[type=text],select{width:100%;height:46px;padding:0 13px;border:1.5px solid var(--line);border-radius:11px;background:var(--sunk);font-size:16px}
input[type=tel]{font-variant-numeric:tabular-nums;letter-spacing:.02em}
input:focus-visible,select:focus-visible{outline-offset:0;border-color:var(--go)}
.hint,.field>.hint{font-size:13px;font-weight:400;color:var(--faint)}[aria-invalid=true]{border-color:var(--bad)!important}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:4px;margin-top:5px;padding:4px;border-radius:13px;background:var(--sunk);border:1.5px solid var(--line)}
.pair label{position:relative;display:grid;place-items:center;min-height:40px;border-radius:9px;font-weight:600;color:var(--faint);cursor:pointer}
.pair input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}
.pair label:has(:checked){background:var(--seg);color:var(--go);box-shadow:0 1px 4px rgb(16 24 40/16%)}.pair label:has(:focus-visible){outline:3px solid var(--go);outline-offset:1px}.pair label:has(:disabled){opacity:.45;cursor:not-allowed}
.tick{display:flex;gap:10px;align-items:flex-start;font-size:13px;line-height:1.45;color:var(--faint);cursor:pointer}.tick input{flex:none;width:20px;height:20px;margin:0;accent-color:var(--go)}
.go,.quiet{display:flex;align-items:center;justify-content:center;gap:8px;width:100%;min-height:48px;border-radius:12px;font-weight:600;font-size:16px;border:0}
.go{background:var(--go);color:var(--on)}.go:hover{background:var(--go2)}.go:disabled{opacity:.6;cursor:default}
.quiet{background:none;border:1.5px solid var(--line);font-size:15px;min-height:44px}.quiet:hover{background:var(--sunk)}.two{display:flex;gap:10px}
.foot{position:sticky;bottom:0;display:flex;flex-direction:column;gap:10px;margin:-4px -20px -20px;padding:8px 20px 20px;background:var(--bg)}
.bad{padding:10px 13px;border-radius:11px;background:var(--bads);color:var(--bad);font-size:14px}
.trap{position:absolute;left:-9999px;width:1px;height:1px;overflow:hidden}
.now{display:flex;flex-direction:column;align-items:center;gap:4px;padding:12px 0 4px;text-align:center}
.disc{position:relative;display:grid;place-items:center;width:76px;height:76px;margin:6px 0 10px;border-radius:50%;background:var(--soft);color:var(--go)}.disc svg{width:32px;height:32px}
.talking .disc,.over .disc{background:var(--oks);color:var(--ok)}.cancelled .disc,.missed .disc{background:var(--sunk);color:var(--faint)}
.waiting .disc:after,.dialling .disc:after{content:"";position:absolute;inset:0;border-radius:50%;border:2px solid var(--go);animation:ring 1.6s ease-out infinite}.dialling .disc svg{animation:shake .5s ease-in-out infinite}
@keyframes ring{from{opacity:.7}to{opacity:0;transform:scale(1.45)}}@keyframes shake{25%{transform:rotate(-9deg)}75%{transform:rotate(9deg)}}
.now strong{font-size:20px;line-height:1.35}.now p{text-wrap:balance;font-variant-numeric:tabular-nums}.now .hint{margin-top:6px;max-width:26em}
.push{display:flex;gap:12px;align-items:center;padding:12px 14px;border-radius:12px;background:var(--soft);color:var(--go);text-decoration:none;font-weight:600}.push:hover{text-decoration:underline}
.push span{min-width:0}.push small{display:block;font-weight:400;font-size:12px;color:var(--faint);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.see{display:flex;justify-content:space-between;gap:8px;font-size:13px;color:var(--faint)}.see button{border:0;background:none;padding:0;color:var(--go);text-decoration:underline;min-height:24px}
textarea{font:inherit;color:inherit;width:100%;margin:0;padding:10px 13px;border:1.5px solid var(--line);border-radius:11px;background:var(--sunk);font-size:16px;resize:vertical}textarea:focus-visible{outline-offset:0;border-color:var(--go)}
.rate{padding-top:14px;border-top:1px solid var(--line)}.rate legend,.rate .hint{width:100%;text-align:center}.rate .hint{min-height:1.5em;margin-top:-10px}
.stars{display:flex;justify-content:center;gap:4px;margin-top:6px}.stars label{position:relative;display:grid;place-items:center;width:52px;height:48px;border-radius:12px;color:color-mix(in srgb,var(--faint) 45%,var(--bg));cursor:pointer}.stars svg{width:36px;height:36px;fill:currentColor;stroke:none}
.stars input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}.stars label:has(:checked),.stars label:has(~label :checked){color:#f0a400}.stars label:has(:focus-visible){outline:3px solid var(--go)}
.rated{display:flex;gap:10px;align-items:center;padding:12px 14px;border-radius:12px;background:var(--oks);color:var(--ok);font-weight:600}
@media(max-width:480px){.w{right:14px;bottom:14px}.card{position:fixed;inset:auto 0 0;width:auto;max-height:92dvh;border-radius:20px 20px 0 0;border-width:1px 0 0;padding-bottom:env(safe-area-inset-bottom)}}
@media(prefers-reduced-motion:reduce){*,*:after{animation:none!important;transition:none!important}}
@media print{.w{display:none}}
`;
