"""The sheet that brings phones to the field app: addresses as QR codes, the authority's fingerprint
to compare, the steps on a phone until the app is on it. One printable page, no other file needed.

Bears no key and nothing secret: it may hang on a wall.
"""

from html import escape
from io import BytesIO

import segno

AUTHORITY_PATH = "/field/authority.crt"
APP_PATH = "/field/"
_STYLE = (
    "body{font:16px/1.5 'Noto Sans SC','Noto Sans CJK SC',system-ui,sans-serif;margin:2rem auto;"
    "max-width:42rem;color:#16202a}h1{font-size:1.6rem}.codes{display:flex;gap:3rem;"
    "flex-wrap:wrap}figure{margin:0}svg{width:14rem;height:14rem}code{font-size:.95rem;"
    "overflow-wrap:anywhere}li{margin:.4rem 0}@media print{body{margin:0}}"
)
_TRUST = (
    (
        "Scan the first code on the phone. The browser warns once: continue, and open the file.",
        "用手机扫描第一个二维码。浏览器会提醒一次：选择继续，并打开下载的文件。",
    ),
    (
        "Compare the fingerprint the phone shows with the one below. If it differs, stop.",
        "核对手机显示的指纹与下方指纹。如不一致，请立即停止。",
    ),
    (
        "Android: Settings, Security, Install a certificate, CA certificate. iPhone: Settings, "
        "Profile Downloaded, then General, About, Certificate Trust Settings.",
        "安卓：设置、安全、安装证书、CA 证书。苹果：设置、已下载描述文件，再到通用、关于本机、"
        "证书信任设置。",
    ),
)
_INSTALL = (
    (
        "Scan the code of the field app. The page opens without a warning; if there is one, stop "
        "and ask the desk.",
        "扫描现场应用的二维码。页面应直接打开，不再提醒；如仍有提醒，请停止并询问指挥部。",
    ),
    (
        "Put it on the home screen. Android, Chrome: menu ⋮, Install app (or Add to Home screen). "
        "iPhone, Safari: Share, Add to Home Screen.",
        "添加到主屏幕。安卓 Chrome：菜单 ⋮，安装应用（或添加到主屏幕）。苹果 Safari：分享，"
        "添加到主屏幕。",
    ),
    (
        "From now on open it from the home screen, also without a net. It asks for the code that "
        "the desk made for this phone: scan or type it.",
        "今后从主屏幕打开，没有网络也可以。打开后输入或扫描指挥部为本机生成的代码。",
    ),
)


def render(address: str, fingerprint: str | None) -> str:
    """The sheet as HTML.

    Args:
        address: where the server is reached, `https://name:port`.
        fingerprint: of the local authority; None with the office's own certificate, which phones
            trust already.
    """
    codes = [(address + APP_PATH, "The field app", "现场应用")]
    if fingerprint is not None:
        codes.insert(0, (address + AUTHORITY_PATH, "Install the authority", "安装本地证书"))
    figures = "".join(
        f"<figure>{_draw(target)}<figcaption>{i}. {chinese} {english}<br><code>{escape(target)}"
        "</code></figcaption></figure>"
        for i, (target, english, chinese) in enumerate(codes, start=1)
    )
    trust = shown = ""
    if fingerprint is not None:
        trust = f"<h2>信任这台服务器 Trust this machine</h2>{_list(_TRUST)}"
        shown = f"<h2>指纹 Fingerprint, SHA-256</h2><code>{fingerprint}</code>"
    return (
        "<!doctype html><html lang='zh-Hans'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'><title>到户 Doorstep</title>"
        f"<style>{_STYLE}</style></head><body><h1>在手机上打开到户 Doorstep on a phone</h1>"
        f"<div class='codes'>{figures}</div>{trust}"
        f"<h2>安装现场应用 Install the field app</h2>{_list(_INSTALL)}{shown}"
        f"<p>指挥部的电脑 Computers of the desk: <code>{escape(address)}/</code></p></body></html>"
    )


def _list(steps: tuple[tuple[str, str], ...]) -> str:
    rows = "".join(f"<li>{chinese}<br>{english}</li>" for english, chinese in steps)
    return f"<ol>{rows}</ol>"


def _draw(text: str) -> str:
    drawn = BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=4, border=2, xmldecl=False)
    return drawn.getvalue().decode()
