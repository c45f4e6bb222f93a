# Sluice 的全部简体中文语句。各语言的键与参数相同。

## 数字

unit-rate = { $size }/秒
unit-millis = { $millis } 毫秒
unit-seconds = { $count } 秒
unit-minutes = { $count } 分钟
unit-hours = { $count } 小时
unit-days = { $count } 天
list-comma = ，

## 出错原因

fault-detail = { $what }：{ $detail }
fault-unknown-node = 没有这个节点
fault-ambiguous-node = 有多个节点与此相符
fault-known-node = 这个节点已经存在
fault-no-node = 没有可用的节点
fault-port-in-use = 端口已被占用
fault-cannot-listen = 无法监听该地址
fault-invalid-setting = 设置无效
fault-nothing-imported = 未导入任何内容
fault-bad-rules = 规则无法使用
fault-list-not-fetched = 未能获取规则列表，继续使用原有列表
fault-unknown-subscription = 没有这个订阅
fault-invalid-subscription = 订阅设置无效
fault-subscription-not-fetched = 未能获取服务器列表
fault-no-desktop = 此处没有可设置代理的桌面；请在终端中输入
fault-desktop-proxy = 无法使用桌面的代理设置
fault-backup = 无法使用此备份
fault-file = 文件无法使用
fault-bad-message = 引擎无法理解该请求
fault-other-version = 引擎版本不同
fault-stopping = 引擎正在停止
fault-not-running = 引擎没有在运行
fault-no-engine = 无法启动引擎

stage-start = 启动
stage-configuration = 配置
stage-dns = DNS
stage-tcp = TCP
stage-plugin = 插件
stage-handshake = 握手或密码
stage-destination = 目标网页
stage-time-limit = 超时

eviction-crash-loop = 其进程在一分钟内退出 { $exits } 次，最后一次：{ $status }
eviction-check-failed = 检测失败：{ $failure }
eviction-start-failed = 无法启动：{ $failure }

## 导入

import-added = 已导入 { $count } 个节点
import-known = { $count } 个已存在
import-refused = { $count } 行被拒绝
import-nothing = 没有可导入的内容

## 订阅

subscription-name = { $old } → { $new }
subscription-added = 新增 { $count } 个（{ $names }）
subscription-removed = 移除 { $count } 个（{ $names }）
subscription-renamed = 改名 { $count } 个（{ $names }）
subscription-same = { $count } 个节点，没有变化
subscription-elsewhere = { $count } 个已在其他分组
subscription-refused = { $count } 个无法使用
subscription-used-of = 已用 { $used }，共 { $total }
subscription-of = 共 { $total }

## 状态与策略

state-starting = 正在启动
state-warming = 正在预热
state-serving = 工作中
state-suspect = 可疑
state-ejected = 已停用
state-restarting = 正在重启
state-draining = 正在退出

mode-manual = 手动
mode-pac = PAC（按规则）
mode-global = 全局

strategy-sticky = 每个网站固定一台
strategy-round-robin = 依次轮流
strategy-random = 随机
strategy-least-connections = 连接最少
strategy-least-cpu = CPU 占用最少
strategy-fastest = 响应最快
strategy-failover = 按顺序取第一个可用的

mode-manual-text = 不改动系统代理设置。需要使用 Sluice 的程序由您自行设置。
mode-pac-text = 浏览器按脚本决定：规则命中的网站经由服务器，其余直连。
mode-global-text = 除本地网络外，全部经由服务器。
strategy-sticky-text = 同一网站始终使用同一台服务器，看到的地址不变。
strategy-round-robin-text = 连接依次分给每台服务器；权重大的分得更多。
strategy-random-text = 连接随机分给各台服务器；权重大的分得更多。
strategy-least-connections-text = 连接分给按权重计打开连接最少的服务器。
strategy-least-cpu-text = 连接分给本机进程占用 CPU 最少的服务器。
strategy-fastest-text = 连接分给响应最快的服务器，依据实测时间与负载。
strategy-failover-text = 全部使用第一台可用的服务器；其余的在它失效后接替。

## 当前状态：菜单首行与提示

standing-starting = 正在启动…
standing-gone = 引擎已退出
standing-trouble = 未连接：{ $why }
standing-no-node = 未连接 · 还没有服务器
standing-off = 未连接
standing-network-down = 您的网络已断开
standing-portal = 您的网络需要先登录
standing-connecting = 正在连接…
standing-failing = { $members } 台服务器均不可用
standing-single = { $node } · { $latency }
standing-cluster = 集群 { $serving } / { $size }
standing-rates = { $line } · ↓ { $down } ↑ { $up }

## 菜单

menu-port = 端口 { $address }
menu-port-closed = 端口未打开
menu-connect = 连接
menu-disconnect = 断开
menu-start-engine = 启动引擎
menu-load-balancing = 负载均衡
menu-servers = 服务器
menu-mode = 模式
menu-strategy = 策略
menu-group = 分组
menu-import = 从剪贴板导入
menu-scan = 扫描屏幕上的二维码
menu-update-subscriptions = 更新订阅
menu-terminal = 复制终端代理命令
menu-settings = 设置…
menu-activity = 活动…
menu-language = 语言
menu-language-system = 跟随系统
menu-start-at-login = 登录时启动
menu-quit = 退出
menu-quit-tray = 退出（引擎继续运行）
menu-cannot = { $entry }（{ $why }）
menu-all-servers = 全部服务器
menu-ungrouped = 手动添加
menu-excluded = 不参与
menu-more-servers = 还有 { $count } 个，在窗口中查看…

menu-why-no-node = 请先导入服务器
menu-why-none-chosen = 请先选择服务器
menu-why-port-closed = 请先连接
menu-why-no-engine = 没有引擎在运行

## 通知

notice-replaced = { $new } 已接替 { $old }
notice-evicted = { $old } 已移出
notice-short = 可用服务器不足
notice-short-text = 仅 { $have } / { $want } 台可用，且没有更多服务器
notice-empty = 没有可用的服务器
notice-empty-text = 在有服务器恢复之前，连接会失败
notice-network-down = 您的网络已断开
notice-network-down-text = 网络恢复前不会弃用任何服务器
notice-portal = 您的网络需要先登录
notice-network-back = 您的网络已恢复
notice-port = 端口已被占用
notice-trouble = 操作未成功
notice-left-alone = 系统代理已被其他程序修改
notice-left-alone-text = 已保留对方的设置
notice-no-list = 未能更新规则列表
notice-import = 导入
notice-subscription-updated = { $name } 已更新
notice-subscription-failed = { $name } 未能更新
notice-subscriptions = 订阅
notice-subscriptions-same = 没有变化
notice-unlisted = 提供商已不再列出该服务器
notice-untold = { $text }（自上次通知以来另有 { $times } 次）
notice-clipboard-empty = 剪贴板中没有文字或二维码
notice-screen-empty = 屏幕上没有二维码
notice-copied = 已复制
notice-copied-text = 请将命令粘贴到终端
notice-no-panel = 没有面板显示图标
notice-no-panel-text = 在 GNOME 上，请安装并启用 AppIndicator 扩展（gnome-shell-extension-appindicator）
notice-open-activity = 打开活动
notice-no-window = 无法打开窗口
notice-welcome = Sluice 已在面板中运行

## 程序 sluice-tray

tray-no-display = 没有图形界面；请改用 `sluice serve`
tray-no-link = 这不是 Sluice 的链接：应为 ss:// 或 ssr://
tray-runs-already = 托盘程序已在运行；请查看面板中的图标

## 事件

event-engine-started = 引擎已启动，版本 { $version }
event-engine-stopping = 引擎正在停止
event-not-applied = 设置未能生效：{ $why }
event-gateway-opened = 网关正在监听 { $address }
event-gateway-closed = 网关已关闭端口
event-descriptors-exhausted = 已达到系统的打开文件数上限 { $limit }；新连接需等待
event-connection-limit = 已达到连接数上限 { $limit }；新连接需等待
event-connected = 已通过 { $node } 连接
event-disconnected = 已没有可用的成员
event-member-ready = { $node } 已就绪，用时 { $millis } 毫秒
event-member-exited = { $node } 的进程已退出（{ $status }）；{ $millis } 毫秒后重新启动
event-member-failed = { $node } 无法启动：{ $why }
event-member-suspected = { $node } 可能有问题：{ $why }
event-member-ejected = { $node } 不再分配流量：{ $why }
event-member-recovered = { $node } 已恢复
event-member-evicted = { $node } 已移出：{ $why }
event-member-replaced = { $node } 已移出：{ $why }；由 { $new } 接替
event-pool-short = 成员仅 { $have } / { $want }，且没有更多节点
event-network-down = 本机网络已断开；恢复前不归咎于任何节点
event-portal = 此网络需要先登录
event-portal-at = 此网络需要先登录：{ $location }
event-network-back = 网络已恢复
event-all-nodes-fail = { $members ->
    [1] 网络正常，但唯一的成员不可用
   *[other] 网络正常，但 { $members } 个成员均不可用；全部继续使用
}
event-mode-changed = 模式为 { $mode }
event-settings-changed = 设置已更改：{ $keys }
event-list-fetched = 已启用新的规则列表，共 { $rules } 条规则
event-subscription-updated = { $name } 已更新：{ $changes }
event-subscription-failed = { $name } 未能更新：{ $why }
event-subscription-removed = { $name } 已删除，包括 { $nodes } 个节点
event-node-succeeded = { $old } 已不在列表中；改用 { $new }
event-proxy-set = 已设置桌面代理（{ $mode }）
event-proxy-returned = 桌面代理已恢复原状
event-proxy-repaired = 上次运行留下的桌面代理设置已恢复原状
event-proxy-left-alone = 桌面代理已被其他程序更改，保持不动
event-restored = 已恢复备份：恢复 { $added } 个节点，移除 { $removed } 个，更改 { $changed } 个
event-node-removed = { $node } 已删除
event-nodes-restored = 已恢复 { $nodes } 个被删除的节点
event-nodes-changed = 节点列表有改动
event-page-asked = 请窗口打开页面 { $page }
event-file-last-good = { $file } 已损坏（{ $problem }）；另存为 { $kept }，改用上一个完好的版本
event-file-defaults = { $file } 已损坏（{ $problem }）；另存为 { $kept }，改用默认值

weakness-plaintext = 未加密
weakness-broken-cipher = 加密已被攻破
weakness-no-integrity = 无完整性校验
weakness-checksum-only = 仅有校验和

network-unknown = 尚未知
network-up = 正常
network-down = 已断开
network-portal = 需要登录

## 命令行

cli-not-running = 没有引擎在运行；请用 `sluice serve` 启动
cli-off = 未连接
cli-connected = 已通过 { $members } 个成员连接
cli-no-member = 已开启，尚无成员就绪
cli-nothing-through = 已开启，尚无流量通过
cli-cluster = { $members } 个成员，{ $strategy }
cli-cluster-of-group = { $group } 的 { $members } 个成员，{ $strategy }
cli-closed = { $address }（已关闭）
cli-gateway = { $address }，打开 { $open }，共 { $total }
cli-rejected = { $line }，拒绝 { $rejected }
cli-traffic = 上行 { $up }，下行 { $down }
cli-tests-failed = { $all } 个节点中有 { $failed } 个失败
cli-missed = （遗漏 { $events } 个事件）
cli-on-address = { $state }，地址 { $address }
cli-no-nodes = 还没有节点；请用 `sluice import` 导入
cli-no-tests = 没有可测试的节点
cli-no-subscriptions = 还没有订阅；请用 `sluice subscription add` 添加
cli-subscription = { $name }：{ $what }
cli-subscriptions-failed = { $all } 个订阅中有 { $failed } 个未能更新
cli-offer = { $address } 有 { $nodes } 个节点，将命名为 { $name }
cli-test-failed = 失败：{ $why }
cli-yes = 是
cli-no = 否
cli-import-line = 第 { $line } 行：{ $why }
cli-import-server = 第 { $server } 个服务器：{ $why }
cli-import-too-large = 服务器列表最大为 { $limit }
cli-import-none = 未导入任何内容，{ $counts }
cli-import-neither = 这不是链接，也没有同名文件
cli-unreadable = 无法读取 { $file }：{ $why }
cli-unwritable = 无法写入 { $file }：{ $why }
cli-diagnosed = 已写入 { $file }；交给他人之前请先看一遍
cli-no-log = { $folder } 中没有日志

column-state = 状态
column-mode = 模式
column-cluster = 集群
column-gateway = 网关
column-http = 仅 HTTP
column-shared = 局域网共享
column-traffic = 流量
column-network = 网络
column-nodes = 节点数
column-node = 节点
column-member = 成员
column-name = 名称
column-group = 分组
column-kind = 类型
column-server = 服务器
column-method = 加密
column-plugin = 插件
column-protocol = 协议
column-obfs = 混淆
column-weight = 权重
column-tier = 层级
column-excluded = 不参与
column-legacy = 过时
column-latency = 延迟
column-open = 打开
column-total = 总数
column-failed = 失败
column-up = 上行
column-down = 下行
column-cpu = CPU
column-pid = PID
column-address = 地址
column-result = 结果
column-updated = 更新于
column-next = 下次
column-used = 用量
column-ends = 到期
column-known = 已有
column-turn = 次序
column-since = 自
column-first-byte = 首字节
column-why = 原因

cli-replayed = { $line }，重发 { $replayed }

## 网站由谁服务

why-nobody = 目前没有成员服务 { $site }
why-served = { $site } 由 { $node } 服务（{ $strategy }：{ $rule }）
why-ruled = { $site }：{ $way }
rules-script = 使用脚本的浏览器：{ $way }
rules-gateway = 网关：{ $way }
rules-way = { $route }（{ $rule }）
rules-pool = 经由节点池
rules-direct = 直连
rules-block = 已阻止
rules-none = 没有匹配的规则
rules-built-in = 本机及本地网络
rules-user = 您的规则
rules-list = 规则列表
rules-acl = 访问控制列表
rules-line = { $list }第 { $line } 行：{ $text }
why-sticky = 每个网站固定一个成员
why-round-robin = 依次轮流，接下来是它
why-random = 随机，同权重机会均等
why-least-connections = 按权重连接最少
why-least-cpu = CPU 时间最少
why-fastest = 两者中首字节与负载较优者
why-failover = 按层级与列表顺序的第一个
why-own-member = 该网站的固定成员
why-crowded = 该网站的固定成员，但较拥挤
why-suspect = 最后询问：{ $reason }

## 演示

demo-start =
    本机上有 { $servers } 台 Shadowsocks 服务器，其中 { $members } 台位于 { $address } 之后。
    客户端将在 { $seconds } 秒内通过它请求网页；中途会终止一台服务器。
demo-kill = { $node } 的服务器及其所有连接已被终止
demo-replaced = { $old } 的服务器终止 { $millis } 毫秒后由 { $new } 接替
demo-replaced-by-another = { $old } 的服务器终止 { $millis } 毫秒后已被接替
demo-not-replaced = { $old } 未被接替
demo-none-failed = 无一失败
demo-failed = { $failed } 个失败（第一个：{ $why }）
demo-requests = { $requests } 个请求，{ $failed }；半数少于 { $half } 毫秒，99% 少于 { $most } 毫秒
demo-traffic = 上行 { $up }，下行 { $down }；{ $replaced }

## Codes, sharing, backups

scan-nothing = 没有看到二维码
scan-no-picture = 剪贴板中没有图片
scan-no-desktop = 此程序不含桌面功能，无法查看屏幕和剪贴板；请指定图片文件
share-one-code = 一个二维码只能包含一个节点
share-nothing = 没有可以用此格式分享的节点
share-left-out = SIP008 只支持 Shadowsocks，已略去：{ $nodes }
share-no-group = 分组 { $group } 中没有节点
backup-open = { $file } 包含设置、节点及其密码，任何能读取它的人都可看到
backup-sealed = { $file } 包含设置和节点，已用密码加密
backup-password = 密码：
backup-again = 再次输入：
backup-not-the-same = 两次输入的密码不一致
backup-wants-password = 文件已加密；请用 --password - 提供密码
backup-too-large = 文件过大，不是备份
restore-question = 要恢复吗？(y/n){" "}
restore-done = 已恢复；可用 `sluice restore --undo` 撤销
restore-not-done = 未恢复任何内容
restore-made = { $time } 的备份，由版本 { $version } 生成
restore-setting = { $key }：{ $from } → { $to }
restore-added = 恢复 { $node }
restore-removed = 移除 { $node }
restore-changed = { $node } 的名称、分组、权重、层级或排除状态不同
restore-reordered = 节点顺序不同
restore-part = { $part }：与现在不同
restore-nothing = 与现在完全相同
restore-unknown = 此版本不认识 { $part }，已略去
preview-line = 第 { $line } 行
preview-server = 第 { $server } 个服务器
preview-new = 新节点
preview-known = 已存在：{ $node }
preview-refused = 被拒绝：{ $why }
preview-counts = 导入后的结果：{ $counts }

foreign-head = 另一个程序的设置：
foreign-subscription = 订阅 { $name }：{ $address }
foreign-subscription-unnamed = 订阅：{ $address }
foreign-left = 不导入：{ $name }（{ $why }）
foreign-no-counterpart = 这里没有对应的设置
foreign-needs-login = 只有设置登录信息后才能与其他设备共享端口：先设置 gateway.login，再设置 gateway.listen
foreign-in-the-tray = 请在托盘图标的菜单中开启
foreign-no-sense = 其值在这里没有意义
foreign-question = 也导入这些设置吗？(y/n){" "}
foreign-taken = 已导入设置
foreign-not-taken = 未改动设置；使用 --settings 可一并导入
foreign-not-added = 未添加 { $address }：{ $why }
column-place = 位置
column-found = 内容
## Why something was refused or failed

wanted-number = { $low } 到 { $high } 之间的数字
wanted-any-number = 数字
wanted-boolean = true 或 false
wanted-one-of = 以下之一：{ $words }
wanted-loopback = 本机地址，或者先在 gateway.login 中设置用户名和密码
wanted-other-port = 与 gateway.listen 不同的端口
wanted-address = IP 地址加端口，例如 127.0.0.1:1080
wanted-login-lengths = 用户名和密码各为 1 到 255 字节
wanted-login = { $example } 或 null
wanted-web-address = http:// 或 https:// 地址
wanted-pages = 至少一个 http:// 地址
wanted-statuses = HTTP 状态码，例如 [200, 204]
wanted-schedule = 检测间隔的秒数，例如 [10, 60, 300]
wanted-plain-text = 最多 256 个普通字符
wanted-key = `sluice get` 列出的设置项
wanted-there = { $key }：应为{ $wanted }

link-no-link = 这不是链接
link-unsupported = 不支持 { $scheme }://
link-page = 这是网页地址；其中的列表请作为订阅添加
link-credentials = 主机前的部分既不是明文也不是 base64
link-no-password = 缺少密码
link-login-length = 用户名和密码各须 1 到 255 字节
link-cipher = 不支持加密方法 { $name }
link-cipher-unnamed = 不支持该加密方法
link-not-base64 = { $part }不是 base64
link-part-whole = 链接
link-part-password = 密码
link-parts = 链接不包含 ShadowsocksR 服务器的六个部分
link-ssr-method = 不支持 ShadowsocksR 加密方法 { $name }
link-ssr-method-unnamed = 不支持该 ShadowsocksR 加密方法
link-ssr-protocol = 不支持 ShadowsocksR 协议 { $name }
link-ssr-protocol-unnamed = 不支持该 ShadowsocksR 协议
link-ssr-obfs = 不支持 ShadowsocksR 混淆 { $name }
link-ssr-obfs-unnamed = 不支持该 ShadowsocksR 混淆
link-host = 主机缺失或有误
link-no-port = 缺少端口
link-port = 端口不是 1 到 65535 之间的数字
link-path = 端口后面有多余内容
link-plugin = 插件名不是程序名
link-unknown-plugin = 不支持插件 { $name }
key-empty = 密码为空
key-not-base64 = { $cipher } 的密钥不是 base64
key-length = { $cipher } 的密钥为 { $found } 字节，应为 { $wanted } 字节

list-web-page = 这是网页，不是服务器列表
list-json = JSON 不完整：第 { $line } 行第 { $column } 列有误
list-yaml = 无法读取此 YAML
list-yaml-at = 无法读取此 YAML：第 { $line } 行有误
list-no-servers = 其中没有服务器列表
list-too-many = 其中有 { $servers } 个服务器，最多接受 { $most } 个
list-too-much = 内容过多，不像服务器列表

fetch-both = 经由网关：{ $gateway }；直连：{ $direct }
fetch-connect = 连接失败：{ $cause }
fetch-time-limit = { $seconds } 秒内未收到完整的应答
fetch-status = 服务器返回 { $status }
fetch-too-large = 应答超过 { $mebibytes } MiB
fetch-no-answer = 服务器没有应答：{ $cause }
fetch-broke-off = 应答中断：{ $cause }
fetch-unpack = 应答无法解压：{ $cause }
fetch-circle = 地址循环重定向
fetch-on-and-on = 地址重定向次数过多
fetch-unveiled = 地址从 https 重定向到 http

answer-empty = 应答为空
answer-no-text = 应答不是文本
answer-version = 这是 SIP008 版本 { $version }，此处只支持版本 1
answer-nothing-usable = 其中没有可用的服务器；共 { $refused } 项无法使用，第一项：{ $first }

misfit-address = 应为 http:// 或 https:// 地址
misfit-known-address = 此地址已存在，名为 { $name }
misfit-name = 名称：应为一行，最多 { $most } 字节
misfit-known-name = 名称：已有订阅 { $name }
misfit-interval = 间隔：应为不超过 { $most } 的小时数，或 0 表示不自动更新

trouble-no-answer = { $seconds } 秒内没有应答
trouble-silent = 服务器 { $seconds } 秒内没有任何响应
trouble-closed = 连接被关闭，没有应答
trouble-reset = 连接被重置
trouble-refused = 连接被拒绝
trouble-no-route = 无法到达该主机
trouble-no-address = 域名无法解析
trouble-status = 网页返回 { $status }
trouble-unfinished = 网页未能在时限内传完
trouble-login = 用户名或密码错误
trouble-not-ready = { $seconds } 秒后仍未就绪
trouble-unanswered = { $seen }，且检测没有应答
trouble-again = { $seen }，检测虽通过但反复发生
seen-closed-empty = 未应答就关闭了连接
seen-closed-alone = 关闭了其他节点能应答的连接
seen-wrong-answer = 对 TLS 握手的应答不正确，可能是登录页
seen-silent = 未在通常时间内应答
seen-connect-failed = 服务器不接受连接
seen-handshake-failed = 握手失败

## 窗口

mode-pac-short = PAC
page-nodes = 节点
page-balance = 负载均衡
page-rules = 规则
page-subscriptions = 订阅
page-activity = 活动
page-settings = 设置
window-no-display = 没有可以打开窗口的显示器
window-rates = ↓ { $down }  ↑ { $up }
window-engine-gone = Sluice 没有在运行。运行后窗口会自动恢复。
window-start-engine = 启动 Sluice
window-close = 关闭
window-cancel = 取消
window-undo = 撤销

nodes-search = 搜索节点
nodes-add = 添加
nodes-add-clipboard = 从剪贴板
nodes-add-file = 从文件…
nodes-test = 测试
nodes-test-all = 全部测试
nodes-stop-tests = 停止（{ $done } / { $all }）
nodes-delete = 删除
nodes-edit = 编辑
nodes-duplicate = 复制一份
nodes-share = 分享
nodes-up = 上移
nodes-down = 下移
nodes-add-by-hand = 手动填写…
nodes-add-screen = 从屏幕上的二维码
nodes-add-subscription = 从订阅
nodes-clipboard-empty = 剪贴板里既没有文本，也没有二维码。
nodes-no-code = 没有找到二维码。

intake-title = 导入节点
intake-looking = 正在查看内容…
intake-from-elsewhere = 这是其他程序（例如浏览器）传来的。如果不是您要的，请不要导入。
intake-new = { $count } 个新节点
intake-known = { $count } 个已在列表中
intake-refused = { $count } 项无法识别
intake-row-new = 新
intake-row-known = 已有
intake-row-renamed = 名称不同
intake-row-twice = 重复
intake-row-refused = 无法导入
intake-renamed = { $new }（此处名为 { $old }）
intake-import = { $count ->
    [0] 导入
   *[other] 导入 { $count } 个节点
}
drop-hint = 松开即可导入
drop-hint-text = 链接列表、其他客户端的配置文件，或含有二维码的图片。导入前会先显示其中的内容。

progress-by-gateway = 正在通过 Sluice 请求…
progress-directly = 正在直接请求…
progress-bytes = 已收到 { $bytes }
progress-of = 已收到 { $bytes }，共 { $all }
progress-stop = 停止
nodes-connect = 通过此节点连接
nodes-chosen = 已选 { $chosen } / { $all }
nodes-removed = 已删除 { $nodes } 个节点
nodes-name = 名称
nodes-kind = 类型
nodes-latency = 延迟
nodes-today = 今日
nodes-total = 总计
nodes-in-use = 启用
nodes-weight = 权重
nodes-tier = 层级
nodes-use = 启用 { $node }
nodes-weight-of = { $node } 的权重
nodes-tier-of = { $node } 的层级
nodes-group = { $group }（{ $nodes }）
nodes-testing = 测试中…
nodes-failed = 失败
nodes-none-found = 没有匹配的节点
nodes-none-found-text = 可以搜索名称、地址、分组或加密方式的一部分。

welcome-title = 添加第一个服务器
welcome-text = Sluice 至少需要一个 Shadowsocks、ShadowsocksR 或 SOCKS5 服务器。任选一种方式：
welcome-clipboard = 粘贴链接
welcome-clipboard-text = 在服务商页面或其他程序里复制 ss:// 或 ssr:// 链接，然后在这里按 Ctrl+V。
welcome-file = 打开文件
welcome-file-text = 链接列表、SIP008 JSON，或其他客户端（包括 Clash）的配置文件。

settings-appearance = 外观
settings-theme = 主题
settings-theme-light = 浅色
settings-theme-dark = 深色

form-new = 新建节点
form-change = 修改节点
form-save = 保存
form-saved = 已保存
form-known = 列表中已有这个节点。
form-copy-of = { $node }（副本）
form-host = 服务器
form-port = 端口
form-user = 用户名
form-password = 密码
form-reveal = 显示
form-hide = 隐藏
form-cipher = 加密方式
form-plugin = 插件
form-plugin-options = 插件选项
form-choose = 选择
form-choose-group = 选择分组
form-no-plugin = 无
form-protocol = 协议
form-protocol-param = 协议参数
form-obfs = 混淆
form-obfs-param = 混淆参数
form-group = 分组
form-wrong-host = 请填写主机名或地址，例如 server.example 或 192.0.2.1。
form-wrong-port = 请填写 1 到 65535 之间的数字。
form-wrong-password = 请填写服务器的密码。
form-wrong-key = 请填写 { $cipher } 的密钥（base64）。
form-wrong-key-length = { $cipher } 需要 { $wanted } 字节的 base64 密钥，现在是 { $found } 字节。
form-wrong-login = 用户名和密码各 1 到 255 字节，或都不填。
form-wrong-plugin = 请填写 PATH 中程序的名称，不带路径。

share-title = 分享 { $node }
share-nodes = { $nodes } 个节点
share-code = { $node } 的二维码
share-link = 链接
share-copy = 复制链接
share-copied = 已复制（含密码）
share-save = 保存图片…
share-warning = 拿到它的人都能使用这个服务器：其中含有密码。

path-file = 文件
path-browse = 浏览…
path-open = 打开文件
path-open-action = 打开
path-saved = 已保存为 { $file }

welcome-hand = 手动填写
welcome-hand-text = 服务商或自建服务器给出的服务器、端口、密码和加密方式。

settings-start = 启动
settings-silent-start = 随会话启动时不提示
settings-notices = 通知
settings-notices-text = 托盘在桌面上的通知，同一原因五分钟一次。
settings-notices-members = 服务器被替换或放弃
settings-notices-pool = 服务器少于所需数量
settings-notices-network = 本机网络断开或恢复
settings-notices-port = 端口被占用
settings-notices-desktop = 无法设置桌面代理
settings-notices-rules = 无法获取规则列表
settings-notices-import = 导入结果
settings-notices-subscription = 订阅更新结果
settings-port = 端口
settings-port-text = 程序使用的地址。对其他设备开放必须设置用户名和密码。
settings-listen = 地址和端口
settings-http-listen = 仅 HTTP 代理
settings-limits = 限制
settings-seconds = 秒
settings-millis = 毫秒
settings-max-connections = 最大连接数
settings-handshake-limit = 等待客户端请求
settings-connect-limit = 等待服务器接受
settings-idle-limit = 无数据（0 为不限）
settings-drain-limit = 替换后保留连接
settings-programs = 外部程序
settings-programs-text = 代替内置客户端。留空则使用内置。
settings-built-in = 内置
settings-port-base = 最低本地端口
settings-excluded-ports = 不使用的端口
settings-backup = 备份
settings-backup-text = 设置、节点、规则和订阅保存在一个文件里。其中含有密码，请为它设置密码。
settings-backup-take = 保存备份
settings-backup-restore = 恢复备份
settings-backup-undo = 撤销上次恢复
settings-backup-password-text = 文件的密码。如果不设置，拿到文件的人都能读到全部内容。
settings-backup-sealed = 这份备份有密码保护。
settings-backup-look = 要恢复这份备份吗？
settings-backup-do = 恢复
settings-backup-restored = 已恢复为备份中的内容。
settings-go-on = 继续
settings-reset = 重置
settings-reset-text = 所有设置恢复为初始值。节点、订阅和您的规则保留。
settings-reset-action = 重置设置…
settings-reset-ask = 要重置所有设置吗？
settings-reset-done = 所有设置已恢复为初始值。
settings-draft = 有改动，尚未应用
settings-apply = 应用
settings-applied = 已应用
settings-discard = 放弃
settings-wanted = 需要：{ $wanted }。
settings-about = 关于
settings-version = Sluice { $window }，引擎 { $engine }
settings-licence = 许可证：{ $licence }
settings-parts = 本程序使用了他人的 { $crates } 个 crate。
settings-licences = 各 crate 的许可证

draft-apply = 应用
draft-discard = 放弃
draft-overtaken = 此处的设置已在别处更改。您输入的内容仍然保留。
window-copy = 复制
want-address = 请填写以 http:// 或 https:// 开头的地址
want-port = 请填写 1 到 65535 之间的数字
want-other-port = 请填写 1 到 65535 之间的数字，且与上面不同
graph-nothing = 最近五分钟没有流量
graph-now = 现在
graph-ago = { $minutes } 分钟前
graph-span-ago = { $span }前

## 负载均衡页

balance-on = 同时使用多台服务器
balance-is-on = 连接分散到多台服务器，失效的会被替换。
balance-is-off = 全部经由一台服务器。
balance-size = 同时使用的台数
balance-serving = 现有 { $serving } / { $size } 台工作中
balance-traffic = 最近五分钟的流量
balance-graph = 最近五分钟各服务器的流量。当前下行 { $down }，上行 { $up }。
balance-as-table = 以表格显示
balance-column-member = 服务器
balance-column-down-now = ↓ 当前
balance-column-down-most = ↓ 峰值
balance-column-down-sum = ↓ 合计
balance-column-up-now = ↑ 当前
balance-column-up-most = ↑ 峰值
balance-column-up-sum = ↑ 合计
balance-since = 已 { $span }
balance-down = 下行
balance-up = 上行
balance-open = 打开的连接
balance-total = 连接总数
balance-first-byte = 首字节
balance-check = 最近检查
balance-cpu = CPU
balance-failures = 失败
balance-why = 某个网站由谁服务，为什么？
balance-why-host = 网站
balance-why-ask = 查询
balance-why-text = 填写一个网站，查看它现在使用哪台服务器，以及之后轮到谁。
balance-why-not = { $node } 不接受连接：{ $state }，{ $why }
balance-why-unmeasured = 尚未测得
balance-why-turn = { $turn }. { $node }：{ $open } 个打开的连接，首字节 { $waits }
balance-health = 如何检查服务器
balance-health-text = 通过每台服务器获取一个小网页。失败时先换另一个网页再试一次，然后才作处理。
balance-urls = 经服务器的网页
balance-direct-urls = 不经服务器的网页
balance-statuses = 正常的应答（HTTP）
balance-schedule = 检查间隔（秒）
balance-limit = 检查时限（秒）
balance-want-pages = 至少一个地址，每行一个，以 http:// 开头
balance-want-statuses = 100 到 599 之间的数字，例如 200, 204
balance-want-schedule = 1 到 86400 之间的数字，例如 10, 60, 300；最后一个会重复
balance-want-limit = 1 到 120 之间的数字

## 规则页

rules-mode = 哪些流量经由服务器
rules-script-at = 脚本地址：
rules-list-title = 规则列表
rules-list-text = 由他人维护的 GFWList 格式列表。先经由服务器获取，失败时直接获取。
rules-list-url = 地址
rules-list-every = 更新间隔
rules-list-hours = 小时；0 表示不自动更新
rules-update = 立即更新
rules-updating = 正在获取…
rules-updated = 已更新
rules-no-list = 还没有列表
rules-list-age = { $rules } 条规则，{ $span }前获取
rules-at-gateway = 也用于其他程序
rules-at-gateway-text = 不读取脚本的程序也按规则分流。
rules-when-down = 中断时直连
rules-when-down-text = Sluice 停止时浏览器直接连接，网站会看到您自己的地址。
rules-own-title = 您的规则
rules-own-text = 优先于规则列表。||example.com 表示该域名及其子域名，规则前加 @@ 表示直连，! 开头的是备注。
rules-acl-title = 访问控制列表
rules-acl-text = 先于其他所有规则，对所有程序有效：在 [proxy_list]、[bypass_list]、[outbound_block_list] 中填写网段和 ||域名。留空表示不使用。
rules-acl-none = 没有访问控制列表
rules-acl-lan = 本地网络直连
rules-acl-lan-text = 将本机及周围的网络加入直连。
rules-acl-merge = 加入国家列表…
rules-acl-merge-text = 将您的文件中的网段或域名加入直连。
rules-acl-added = 已加入 { $count } 项；应用后生效
rules-read-again = 重新读取
rules-bad-line = 第 { $line } 行：{ $why }
rules-more-bad = 另有 { $count } 行
rules-too-large = 文本超过了单次允许的大小（1 MB）
rules-which = 匹配哪条规则？
rules-which-url = 地址或主机
rules-which-ask = 检查
rules-which-text = 填写一个地址，查看它的走向和所依据的规则。
sharing-title = 共享端口
sharing-text = 网络中的其他设备可以使用 Sluice，需要用户名和密码。
sharing-who = 允许连接
sharing-here = 仅本机
sharing-network = 网络中的所有设备
sharing-port = 端口
sharing-http = 单独的 HTTP 端口
sharing-http-text = 供不支持 SOCKS5 的程序使用。上面的端口两者都支持。
sharing-http-port = HTTP 端口
sharing-login = 要求登录
sharing-login-text = 所有程序都需登录，包括本机的程序。
sharing-user = 用户名
sharing-password = 密码
sharing-reveal = 显示
sharing-unchanged = 不变
sharing-want-login = 供其他设备使用时必须要求登录
sharing-want-password = 请填写用户名和密码，各不超过 255 个字符
sharing-addresses = 其他设备可在这里找到 Sluice。脚本（PAC）供浏览器和手机使用。
sharing-show-code = 显示二维码
sharing-hide-code = 隐藏二维码
sharing-code = { $address } 的二维码

## 活动页

activity-list = 列表
activity-events = 事件
activity-log = 日志
activity-kind = 类别
activity-all = 全部
activity-members = 使用中的服务器
activity-network = 网络
activity-nodes = 节点与订阅
activity-rules = 规则与系统代理
activity-engine = 引擎与设置
activity-find = 查找
activity-troubles = 仅警告与错误
activity-follow = 跟随最新
activity-folder = 打开文件夹
activity-diagnosis = 保存诊断…
activity-diagnosis-text = 供排查故障的文件：状态、设置、事件和日志，不含名称、主机、访问过的网站和密码。
activity-no-events = 没有事件
activity-no-log = 没有日志
activity-none-text = 尚未发生任何事，或没有符合条件的内容。
activity-click = { $text }（点击复制）

## 订阅页

subscriptions-add = 添加订阅…
subscriptions-update-all = 全部更新
subscriptions-updating = 正在更新…
subscriptions-updating-of = 正在更新：已完成 { $done } / { $all }
subscriptions-fetching = 正在更新：{ $progress }
subscriptions-none = 还没有订阅
subscriptions-none-text = 填写提供商的地址即可获得服务器列表，并自动保持更新。
subscriptions-add-title = 添加订阅
subscriptions-add-text = 添加前可以先查看内容。地址会像密码一样保管。
subscriptions-url = 地址
subscriptions-look = 查看
subscriptions-name = 名称
subscriptions-want-name = 请填写其他订阅未使用的名称
subscriptions-offer = { $count } 台服务器，其中 { $new } 台是新的
subscriptions-known = （已存在）
subscriptions-refused = { $count } 项无法使用
subscriptions-add-these = 添加
subscriptions-edit-title = 编辑 { $name }
subscriptions-deed = { $deed } { $name }
subscriptions-update = 更新
subscriptions-edit = 编辑
subscriptions-remove = 移除
subscriptions-remove-title = 移除 { $name }？
subscriptions-remove-text = 其节点会一并移除。手动添加的节点会保留。
subscriptions-nodes = { $count } 个节点
subscriptions-updated = { $span }前更新
subscriptions-never = 从未更新
subscriptions-by-hand = 仅手动更新
subscriptions-every = 每 { $hours } 小时
subscriptions-next = { $span }后再次更新
subscriptions-failed = 已失败 { $times } 次：{ $why }
subscriptions-quota = 套餐用量：{ $used }
subscriptions-ends = { $day } 到期
subscriptions-ended = 已于 { $day } 到期
