# Sluice 的全部简体中文语句。各语言的键与参数相同。

## 数字

unit-rate = { $size }/秒
unit-millis = { $millis } 毫秒
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
menu-update-subscriptions = 更新订阅
menu-terminal = 复制终端代理命令
menu-language = 语言
menu-language-system = 跟随系统
menu-start-at-login = 登录时启动
menu-quit = 退出
menu-quit-tray = 退出（引擎继续运行）
menu-cannot = { $entry }（{ $why }）
menu-all-servers = 全部服务器
menu-ungrouped = 手动添加
menu-excluded = 不参与
menu-more-servers = 另有 { $count } 台：sluice connect 名称

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
notice-clipboard-empty = 剪贴板中没有文本
notice-copied = 已复制
notice-copied-text = 请将命令粘贴到终端
notice-no-panel = 没有面板显示图标
notice-no-panel-text = 在 GNOME 上，请安装并启用 AppIndicator 扩展（gnome-shell-extension-appindicator）
notice-welcome = Sluice 已在面板中运行

## 程序 sluice-tray

tray-no-display = 没有图形界面；请改用 `sluice serve`
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
welcome-subscription = 订阅
welcome-subscription-text = 填写服务商提供的地址，列表会自动保持更新。

settings-appearance = 外观
settings-theme = 主题
settings-theme-light = 浅色
settings-theme-dark = 深色
