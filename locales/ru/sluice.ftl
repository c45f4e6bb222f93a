# Все фразы Sluice на русском языке. Ключи и аргументы во всех языках одинаковы.
# Термины: node узел, member узел (в пуле), subscription подписка, system proxy системный прокси, engine ядро,
# load balancing балансировка нагрузки, health check проверка, pool пул, cipher шифр, plugin плагин, latency задержка,
# rule list список правил, access list список доступа, tier приоритет, log журнал, response ответ, direct напрямую.

## Числа

unit-rate = { $size }/s
unit-millis = { $millis } мс
unit-seconds = { $count } с
unit-minutes = { $count } мин
unit-hours = { $count } ч
unit-days = { $count ->
    [one] { $count } день
    [few] { $count } дня
    [many] { $count } дней
   *[other] { $count } дня
}
list-comma = ,{" "}

## Что пошло не так

fault-detail = { $what }: { $detail }
failure-at = { $stage }: { $cause }
fault-unknown-node = такого узла нет
fault-ambiguous-node = подходит несколько узлов
fault-known-node = такой узел уже есть
fault-no-node = нет узла для подключения
fault-port-in-use = порт занят
fault-cannot-listen = не удаётся принимать соединения на этом адресе
fault-invalid-setting = недопустимое значение настройки
fault-nothing-imported = ничего не импортировано
fault-bad-rules = ошибка в правилах
fault-list-not-fetched = не удалось загрузить список правил; используется текущий
fault-unknown-subscription = такой подписки нет
fault-invalid-subscription = недопустимые параметры подписки
fault-subscription-not-fetched = не удалось загрузить список узлов
fault-no-desktop = не найдена среда рабочего стола с настройкой системного прокси; в терминале используйте
fault-desktop-proxy = не удалось изменить системный прокси
fault-backup = эту резервную копию нельзя использовать
fault-file = ошибка файла
fault-bad-message = недопустимый запрос
fault-too-large = слишком большой объём: Sluice принимает примерно до 60 MB за раз
fault-other-version = ядро другой версии
engine-stopping = ядро останавливается
engine-not-running = ядро не запущено
fault-no-engine = не удалось запустить ядро
fault-no-answer = ядро не отвечает
fault-ended = ядро остановлено
fault-broken = соединение с ядром потеряно
fault-not-understood = недопустимый ответ ядра
fault-runs-already = ядро уже запущено
fault-no-take-over = работу запущенного ядра принять нельзя
fault-log = не удаётся записать журнал

stage-start = запуск
stage-configuration = конфигурация
stage-dns = DNS
stage-tcp = TCP
stage-plugin = плагин
stage-handshake = рукопожатие или пароль
stage-destination = сайт назначения
stage-time-limit = тайм-аут

eviction-crash-loop = { $exits ->
    [one] процесс завершился { $exits } раз за минуту, последний: { $status }
    [few] процесс завершился { $exits } раза за минуту, последний: { $status }
    [many] процесс завершился { $exits } раз за минуту, последний: { $status }
   *[other] процесс завершился { $exits } раза за минуту, последний: { $status }
}
health-checks-failed = проверка не пройдена: { $failure }
eviction-start-failed = не удалось запустить: { $failure }

## Импорт

import-added = { $count ->
    [one] импортирован { $count } узел
    [few] импортировано { $count } узла
    [many] импортировано { $count } узлов
   *[other] импортировано { $count } узла
}
import-known = уже в списке: { $count }
import-refused = { $count ->
    [one] отклонена { $count } строка
    [few] отклонено { $count } строки
    [many] отклонено { $count } строк
   *[other] отклонено { $count } строки
}
import-nothing = нечего импортировать

## Подписки

subscription-name = { $old } → { $new }
subscription-added = добавлено: { $count } ({ $names })
subscription-removed = удалено: { $count } ({ $names })
subscription-renamed = переименовано: { $count } ({ $names })
subscription-same = { $count ->
    [one] { $count } узел, без изменений
    [few] { $count } узла, без изменений
    [many] { $count } узлов, без изменений
   *[other] { $count } узла, без изменений
}
subscription-elsewhere = в другой группе: { $count }
subscription-refused = непригодно: { $count }
subscription-used-of = { $used } из { $total }
subscription-of = из { $total }

## Состояния и стратегии

state-starting = запускается
state-warming = подготовка
state-serving = работает
state-suspect = под вопросом
state-ejected = отключён
state-restarting = перезапуск
state-draining = завершается

mode-manual = Вручную
mode-pac = PAC (по правилам)
mode-global = Весь трафик

strategy-smart = Умная: учится по сайтам
strategy-sticky = Один узел на сайт
strategy-round-robin = По очереди
strategy-random = Случайный выбор
strategy-least-connections = Меньше всего соединений
strategy-least-cpu = Меньше всего нагрузки на ЦП
strategy-fastest = Самый быстрый
strategy-failover = Основной и резервные

mode-manual-text = Sluice не меняет системный прокси. Настройте его в каждой программе сами.
mode-pac-text = Браузеры используют скрипт PAC: сайты, подходящие под правила, идут через узел, остальные — напрямую.
mode-global-text = Через узел идёт всё, кроме локальной сети.
strategy-smart-text = Сайт остаётся на узле, который хорошо с ним работает, и уходит, если сайт там не открывается или другой узел заметно быстрее.
strategy-sticky-text = Сайт всегда открывается через один и тот же узел и видит один и тот же адрес.
strategy-round-robin-text = Узлы работают по очереди; чем больше вес узла, тем больше соединений он получает.
strategy-random-text = Каждое соединение идёт через случайный узел; чем больше вес, тем чаще он выбирается.
strategy-least-connections-text = Каждое соединение идёт через узел с наименьшим числом открытых соединений с учётом веса.
strategy-least-cpu-text = Каждое соединение идёт через узел, процесс которого меньше всего нагружает ЦП этого компьютера.
strategy-fastest-text = Каждое соединение идёт через узел, который отвечает быстрее всех, по измеренному времени и нагрузке.
strategy-failover-text = Всё идёт через первый работающий узел; остальные — резервные.

## Текущее состояние: первая строка меню и подсказка

status-starting = Запуск…
status-engine-stopped = Ядро остановлено
status-error = Отключено: { $why }
status-no-node = Отключено · узлов пока нет
status-off = Отключено
status-network-down = Нет подключения к сети
status-portal = Сеть требует входа
status-connecting = Подключение…
status-failing = { $members ->
    [1] Узел не работает
    [one] Не работает ни один из { $members } узла
    [few] Не работает ни один из { $members } узлов
    [many] Не работает ни один из { $members } узлов
   *[other] Не работает ни один из { $members } узлов
}
status-single = { $node } · { $latency }
status-cluster = Балансировка нагрузки: { $serving } из { $size }
status-rates = { $line } · ↓ { $down } ↑ { $up }

## Меню

menu-port = Порт { $address }
menu-port-closed = Порт закрыт
menu-port-doors = { $port } · нет рабочего узла: { $doors }
menu-connect = Подключиться
menu-disconnect = Отключиться
menu-start-engine = Запустить ядро
menu-load-balancing = Балансировка нагрузки
menu-nodes = Узлы
menu-mode = Режим
menu-strategy = Стратегия
menu-group = Группа
menu-import = Импортировать из буфера обмена
menu-scan = Сканировать QR-код с экрана
menu-update-subscriptions = Обновить подписки
release-available = Вышла версия Sluice { $version }
menu-stop-update = Остановить обновление подписок
menu-terminal = Копировать команду прокси для терминала
menu-settings = Настройки…
menu-activity = Активность…
menu-stop-fix = Отменить проверку сайта
menu-no-failed-host = Сбоев не было
menu-other-site = Другой сайт…
menu-language = Язык
menu-language-system = Как в системе
menu-start-at-login = Запускать при входе в систему
menu-quit = Выход
menu-quit-tray = Выход (ядро продолжит работу)
menu-cannot = { $entry } ({ $why })
menu-all-nodes = Все узлы
menu-ungrouped = Добавленные вручную
menu-excluded = исключён
menu-more-nodes = Ещё { $count } в окне…

menu-why-no-node = сначала импортируйте узел
menu-why-none-chosen = сначала выберите узел
menu-why-port-closed = сначала подключитесь

## Уведомления

notice-replaced = { $new } заменяет { $old }
notice-evicted = { $old }: узел выведен из пула
notice-short = Не хватает работающих узлов
notice-short-text = Работает { $have } из { $want }, других узлов для замены нет
notice-empty = Нет работающих узлов
notice-door-unserved = Ни один узел входа { $door } не работает
notice-door-unserved-text = Пока не заработает хотя бы один, его соединения не устанавливаются или идут через другие узлы, если вход это допускает
notice-door-served = Вход { $door } снова работает
notice-empty-text = Пока хотя бы один узел не заработает, соединения будут завершаться ошибкой
notice-network-down-text = Проверки узлов приостановлены до восстановления сети
notice-network-back = Подключение к сети восстановлено
notice-port = Порт занят
notice-error = Произошла ошибка
notice-left-alone = Другая программа изменила системный прокси
notice-left-alone-text = Sluice оставляет её настройку без изменений
notice-no-list = Список правил не обновлён
notice-plugin = { $name } ждёт вашего разрешения
notice-import = Импорт
notice-subscription-updated = Подписка { $name } обновлена
notice-subscription-failed = Не удалось обновить подписку { $name }
notice-subscriptions-same = Без изменений
notice-no-longer-listed = Узла больше нет в подписке
notice-suppressed = { $text } (с прошлого уведомления ещё { $times })
clipboard-empty = В буфере обмена нет ни текста, ни QR-кода
notice-screen-empty = На экране нет QR-кода
notice-copied = Скопировано
notice-copied-text = Вставьте команду в терминал
notice-no-panel = Системный трей не найден
notice-no-panel-text = В GNOME установите и включите расширение AppIndicator (gnome-shell-extension-appindicator)
notice-open-activity = Открыть «Активность»
notice-no-window = Не удалось открыть окно
notice-welcome = Sluice работает в системном трее

## Программа sluice-tray

tray-no-display = нет графического экрана; на компьютере без рабочего стола запустите `sluice serve`
tray-no-link = Sluice не открывает такие ссылки: ожидается ss://, ssr:// или ssconf://
tray-runs-already = программа уже запущена; её значок находится в системном трее

## События

event-engine-started = ядро запущено, версия { $version }
event-took-over = работа принята у прежнего ядра версии { $version }; его открытые соединения завершатся там
event-not-saved = не сохранено: { $why }
event-saved = все изменения снова сохранены
event-not-applied = не удалось применить настройки: { $why }
event-gateway-opened = порт открыт: { $address }
event-gateway-closed = порт закрыт
event-descriptors-exhausted = открыто слишком много файлов (предел: { $limit }); новые соединения ждут
event-connection-limit = достигнут предел соединений ({ $limit }); новые соединения ждут
event-logins-refused = { $count ->
    [one] { $count } неудачная попытка входа на порт прокси с адреса { $address }
    [few] { $count } неудачные попытки входа на порт прокси с адреса { $address }
    [many] { $count } неудачных попыток входа на порт прокси с адреса { $address }
   *[other] { $count } неудачной попытки входа на порт прокси с адреса { $address }
}
event-connected = подключено через { $node }
event-disconnected = отключено: нет работающих узлов
event-member-ready = { $node }: узел готов ({ $millis } мс)
event-member-exited = { $node }: процесс завершился ({ $status }); перезапуск через { $millis } мс
event-member-failed = { $node }: узел не запустился: { $why }
event-member-suspected = { $node }: возможна неполадка: { $why }
event-member-ejected = { $node }: узел не получает новых соединений: { $why }
event-member-recovered = { $node }: узел снова работает
event-member-evicted = { $node }: узел выведен из пула: { $why }
event-member-replaced = { $node }: узел заменён на { $new }: { $why }
event-pool-short = работает { $have } из { $want }, других узлов для замены нет
event-network-down = нет подключения к сети; проверки узлов приостановлены до его восстановления
event-portal = сеть требует входа
event-portal-at = сеть требует входа: { $location }
event-network-back = подключение к сети восстановлено
event-all-nodes-fail = { $members ->
    [1] сеть работает, но единственный узел не отвечает
    [one] сеть работает, но не отвечает ни один из { $members } узла; все остаются в работе
    [few] сеть работает, но не отвечает ни один из { $members } узлов; все остаются в работе
    [many] сеть работает, но не отвечает ни один из { $members } узлов; все остаются в работе
   *[other] сеть работает, но не отвечает ни один из { $members } узлов; все остаются в работе
}
event-mode-changed = выбран режим { $mode }
event-settings-changed = изменены настройки: { $keys }
event-list-fetched = { $rules ->
    [one] список правил обновлён: { $rules } правило
    [few] список правил обновлён: { $rules } правила
    [many] список правил обновлён: { $rules } правил
   *[other] список правил обновлён: { $rules } правила
}
event-subscription-updated = подписка { $name } обновлена: { $changes }
event-subscription-failed = не удалось обновить подписку { $name }: { $why }
event-subscription-removed = { $nodes ->
    [one] подписка { $name } удалена, вместе с ней { $nodes } узел
    [few] подписка { $name } удалена, вместе с ней { $nodes } узла
    [many] подписка { $name } удалена, вместе с ней { $nodes } узлов
   *[other] подписка { $name } удалена, вместе с ней { $nodes } узла
}
event-chosen-node-replaced = { $old }: узла больше нет в подписке; вместо него используется { $new }
event-selected-node-gone = { $node }: узла больше нет в подписке; его закрепления и входы остались без узла
event-proxy-set = системный прокси включён ({ $mode })
event-proxy-restored = системный прокси возвращён в прежнее состояние
event-proxy-repaired = системный прокси, оставшийся с прошлого запуска, возвращён в прежнее состояние
event-proxy-left-alone = другая программа изменила системный прокси; Sluice его не трогает
event-restored = резервная копия восстановлена; узлов добавлено: { $added }, удалено: { $removed }, изменено: { $changed }
event-plugin-not-allowed = { $node } ждёт: { $why }
event-node-removed = { $node }: узел удалён
event-nodes-restored = { $nodes ->
    [one] восстановлен { $nodes } узел
    [few] восстановлено { $nodes } узла
    [many] восстановлено { $nodes } узлов
   *[other] восстановлено { $nodes } узла
}
event-nodes-changed = список узлов изменён
event-pin-ended = срок закрепления за { $to } истёк
event-door-unserved = ни один узел входа { $door } не работает
event-door-served = у входа { $door } снова есть работающий узел
event-site-tried = { $site } через { $node }: { $result }
event-page-requested = запрошена страница { $page }
event-file-last-good = файл { $file } повреждён ({ $problem }); он сохранён как { $kept }, используется последняя исправная версия
event-file-defaults = файл { $file } повреждён ({ $problem }); он сохранён как { $kept }, используются значения по умолчанию
event-file-nothing = файл { $file } повреждён ({ $problem }); он сохранён как { $kept }, его содержимое потеряно

weakness-plaintext = без шифрования
weakness-broken-cipher = ненадёжный шифр
weakness-no-integrity = без проверки целостности
weakness-checksum-only = только контрольная сумма

network-unknown = неизвестно
network-up = работает
network-down = нет подключения
network-portal = требуется вход

## Командная строка

cli-not-running = ядро не запущено; запустите его командой `sluice serve`
cli-off = отключено
cli-connected = { $members ->
    [one] подключено через { $members } узел
    [few] подключено через { $members } узла
    [many] подключено через { $members } узлов
   *[other] подключено через { $members } узла
}
cli-no-member = включено, ни один узел ещё не готов
cli-no-request-succeeded = включено, успешных запросов ещё не было
cli-cluster = { $members ->
    [one] { $members } узел, { $strategy }
    [few] { $members } узла, { $strategy }
    [many] { $members } узлов, { $strategy }
   *[other] { $members } узла, { $strategy }
}
cli-cluster-of-group = { $members ->
    [one] { $members } узел группы { $group }, { $strategy }
    [few] { $members } узла группы { $group }, { $strategy }
    [many] { $members } узлов группы { $group }, { $strategy }
   *[other] { $members } узла группы { $group }, { $strategy }
}
cli-closed = { $address } (закрыт)
cli-gateway = { $address }, открыто { $open }, всего { $total }
cli-rejected = { $line }, отклонено { $rejected }
cli-traffic = отправлено { $up }, получено { $down }
cli-tests-failed = { $all ->
    [one] не прошли проверку: { $failed } из { $all } узла
    [few] не прошли проверку: { $failed } из { $all } узлов
    [many] не прошли проверку: { $failed } из { $all } узлов
   *[other] не прошли проверку: { $failed } из { $all } узлов
}
cli-missed = { $events ->
    [one] (пропущено { $events } событие)
    [few] (пропущено { $events } события)
    [many] (пропущено { $events } событий)
   *[other] (пропущено { $events } события)
}
cli-on-address = { $state }, адрес { $address }
cli-no-nodes = узлов пока нет; добавьте их командой `sluice import`
cli-no-tests = нет узлов для проверки
cli-no-subscriptions = подписок пока нет; добавьте подписку командой `sluice subscription add`
cli-subscription = { $name }: { $what }
cli-subscriptions-failed = { $all ->
    [one] не удалось обновить { $failed } из { $all } подписки
    [few] не удалось обновить { $failed } из { $all } подписок
    [many] не удалось обновить { $failed } из { $all } подписок
   *[other] не удалось обновить { $failed } из { $all } подписок
}
cli-offer = { $nodes ->
    [one] { $address }: { $nodes } узел, имя подписки { $name }
    [few] { $address }: { $nodes } узла, имя подписки { $name }
    [many] { $address }: { $nodes } узлов, имя подписки { $name }
   *[other] { $address }: { $nodes } узла, имя подписки { $name }
}
cli-test-failed = ошибка: { $why }
cli-yes = да
cli-no = нет
cli-import-line = строка { $line }: { $why }
cli-import-server = запись { $server }: { $why }
cli-import-too-large = предельный размер списка узлов — { $limit }
cli-import-none = ничего не импортировано, { $counts }
cli-import-not-found = не ссылка и не файл
cli-unreadable = не удаётся прочитать { $file }: { $why }
cli-unwritable = не удаётся записать { $file }: { $why }
cli-diagnosed = записано в { $file }; проверьте содержимое, прежде чем передавать файл другим
cli-no-log = в { $folder } нет журнала

column-state = состояние
column-mode = режим
column-cluster = балансировка
column-gateway = шлюз
column-http = только HTTP
column-shared = общий доступ
column-traffic = трафик
column-network = сеть
column-nodes = узлы
column-unsaved = не сохранено
column-release = выпуск
column-node = узел
column-door = вход
column-member = узел
column-name = имя
column-group = группа
column-country = страна
column-kind = тип
column-server = сервер
column-method = шифр
column-plugin-options = параметры плагина
column-waits = ждёт
column-plugin = плагин
column-protocol = протокол
column-obfs = обфускация
column-weight = вес
column-tier = приоритет
column-excluded = исключён
column-legacy = ненадёжный
column-latency = задержка
column-open = открыто
column-total = всего
column-failed = ошибки
column-up = отправлено
column-down = получено
column-cpu = ЦП
column-pid = PID
column-address = адрес
column-result = результат
column-updated = обновлено
column-next = следующее
column-used = трафик
column-ends = истекает
column-known = уже есть
column-turn = очередь
column-since = с
column-first-byte = первый байт
column-why = причина
column-id = номер
column-program = программа
column-host = хост
column-rule = правило
column-age = возраст
column-up-rate = отдача/с
column-down-rate = приём/с

cli-replayed = { $line }, повторено { $replayed }

## Через какой узел идёт сайт

why-no-node = сейчас нет узла для { $site }
why-served = { $site } идёт через { $node } ({ $strategy }: { $rule })
why-served-by-pin = { $site } идёт через { $node } по закреплению ({ $pin })
why-served-by-door = { $site } идёт через { $node } по входу { $door }
why-route = { $site }: { $way }
rules-script = в браузере со скриптом PAC: { $way }
rules-gateway = на шлюзе: { $way }
rules-way = { $route } ({ $rule })
rules-pool = через узел
rules-direct = напрямую
rules-block = заблокировано
rules-none = ни одно правило не подходит
rules-built-in = этот компьютер и локальная сеть
rules-user = ваши правила
rules-list = список правил
rules-acl = список доступа
rules-pins = закрепления
sites-none = пока не запомнен ни один сайт
sites-column-site = сайт
sites-column-node = узел
sites-column-first-byte = первый байт
sites-column-why = причина
pins-title = Закрепления
pins-text = Закрепление направляет сайт, программу или то и другое через определённые узлы, напрямую или никуда. Действует первое подходящее: после списка доступа и до правил.
pins-add = Добавить закрепление…
pins-dialog = Закрепление
pins-traffic = Сайт или программа
pins-to = Куда
pins-else = Если ни один не работает
pins-else-any = любой другой узел
pins-else-country = другой узел той же страны
pins-else-group = другой узел той же группы
pins-else-fail = соединение не устанавливается
pins-country = страна { $country }
pins-group = группа { $group }
pins-saved = { $traffic } закреплён
pins-button = { $action }: { $traffic }
pins-row = { $place }. { $traffic } → { $to }
pins-until = до { $until }
pins-else-short = иначе { $fallback }
pins-none = закреплений пока нет; добавьте командой `sluice pin`
doors-title = Входы
doors-text = Вход — ещё один порт или имя пользователя на основном порту, со своими узлами или стратегией. Программа, настроенная на вход, всегда идёт через его узлы.
doors-add = Добавить вход…
doors-dialog = Вход
doors-listen = Адрес
doors-listen-text = Пусто: только по имени входа как имени пользователя на основном порту.
doors-pool = как у балансировки
doors-at = { $address } → { $nodes }
doors-by-name = по имени пользователя → { $nodes }
doors-connections = открыто { $open }, всего { $total }
sites-title = Сайты, изученные стратегией «Умная»
sites-learn = Запоминать сайты
sites-learn-text = Нужно только стратегии «Умная». Данные не покидают этот компьютер.
sites-search = Поиск сайтов
sites-forget = Забыть
sites-forget-all = Забыть все сайты
sites-forget-all-text = Каждый сайт начнёт заново с узла, который работает хорошо. Отменить это нельзя.
sites-count = Сайтов: { $count }
sites-since = Уже
sites-why = Причина
pin-line = { $traffic } → { $to } (иначе { $fallback })
pin-line-no-node = { $traffic } → { $to }
pin-not-running = { $pin }: сейчас не работает ни один из его узлов
pin-until = { $pin }, до { $until }
doors-none = входов пока нет; добавьте командой `sluice door add`
door-closed = порт не открыт
door-by-strategy = по его стратегии
door-no-node = ни один из его узлов сейчас не работает
door-unused = не используется; узлы запустятся с первым соединением
door-working = работающих узлов: { $count }
rules-line = { $list }, строка { $line }: { $text }
why-smart = узел, который хорошо работает с этим сайтом
why-sticky = один узел на сайт
why-round-robin = следующий по очереди
why-random = случайно с учётом веса
why-least-connections = меньше всего соединений с учётом веса
why-least-cpu = меньше всего времени ЦП
why-fastest = лучший из двух по времени до первого байта и нагрузке
why-failover = первый по приоритету и порядку в списке
why-assigned = закреплённый за сайтом узел
why-pinned = указан в закреплении
why-best-for-site = лучший для этого сайта: { $time }
why-site-node = узел сайта с первого соединения
why-new-site = новый сайт: этот узел в последнее время хорошо работал
why-same-family = открывается вместе с другим сайтом этого узла
why-moved-faster = перенесён: для этого сайта быстрее, чем { $node }
why-moved-failed = перенесён: сайт не открывался через { $node }
why-moved-gone = перенесён: { $node } не принимал соединений
why-site-fails = этот сайт здесь не открывался
why-door = выбран входом
why-crowded = закреплённый за сайтом узел, но перегружен
why-suspect = пробуется последним: { $reason }

## Сайт, который не открывается

site-status = статус { $status } через { $time }
site-direct = без узла: { $result }
site-pinned = { $site } идёт через { $node } до { $until }
site-verdict = { $site }: { $verdict }
site-works = работает
site-fails = не открывается ни через узлы, ни без них, а другие сайты открываются: сайт не работает или заблокирован везде
site-refuses-nodes = открывается без узла, но ни через один из узлов, хотя другие сайты через них открываются
site-nodes-fail = другие сайты через узлы тоже не открываются
site-network-down = ваша сеть не работает
fix-title = Этот сайт не открывается
fix-text = Запрашивает сайт через узлы, по два за раз, и на сутки направляет его через первый, который работает.
fix-try = Попробовать узлы
fix-running = Узлы проверяются…
fix-node-result = { $node }: { $result }

## Демонстрация

demo-start =
    Серверов Shadowsocks на этом компьютере: { $servers }, за портом { $address } из них: { $members }.
    Клиенты запрашивают через него страницу в течение { $seconds } с; на середине один сервер будет остановлен.
demo-kill = сервер узла { $node } остановлен со всеми его соединениями
demo-replaced = { $old } заменён на { $new } через { $millis } мс после остановки сервера
demo-replaced-by-another = { $old } заменён через { $millis } мс после остановки сервера
demo-not-replaced = { $old } не заменён
demo-not-ready = через { $seconds } с пул всё ещё не готов
demo-none-failed = ошибок нет
demo-failed = ОШИБОК: { $failed } (первая: { $why })
demo-requests = запросов: { $requests }, { $failed }; медиана { $half } мс, 99-й процентиль { $most } мс
demo-traffic = отправлено { $up }, получено { $down }; { $replaced }

## QR-коды, передача узлов, резервные копии

scan-nothing = QR-код не найден
scan-no-picture = в буфере обмена нет изображения
scan-no-desktop = эта сборка без поддержки рабочего стола и не видит ни экран, ни буфер обмена; укажите файл изображения
share-one-code = QR-код вмещает только один узел
share-nothing = нет узлов, которыми можно поделиться в этом формате
share-left-out = SIP008 поддерживает только Shadowsocks; пропущены: { $nodes }
share-no-group = в группе { $group } нет узлов
export-loopback = адрес должен быть локальным: программа не требует входа
export-left-out = пропущен { $node }: { $why }
export-nothing = нет узлов, которые можно экспортировать
export-protocol = { $name } не поддерживается
export-method = шифр, протокол или обфускация { $name } не поддерживается
export-plugin = плагин { $name } не поддерживается или не с этими параметрами
backup-open = файл { $file } не зашифрован, в нём пароли ваших узлов
backup-sealed = файл { $file } зашифрован паролем
backup-password = Пароль:{" "}
backup-again = Повторите:{" "}
backup-not-the-same = пароли не совпадают
backup-needs-password = резервная копия зашифрована; передайте пароль с --password -
backup-too-large = файл слишком велик для резервной копии
restore-question = Восстановить? (y/n){" "}
restore-programs-question = Восстановить и запускаемые программы? Разрешайте, только если доверяете создателю копии. (y/n){" "}
restore-done = восстановлено; отменить: `sluice restore --undo`
restore-not-done = ничего не восстановлено
restore-made = резервная копия от { $time }, Sluice { $version }
restore-setting = { $key }: { $from } → { $to }
restore-added = добавляется { $node }
restore-removed = удаляется { $node }
restore-changed = у { $node } меняется имя, группа, вес, приоритет или исключение
restore-reordered = меняется порядок узлов
restore-part = меняется { $part }
restore-nothing = без изменений
restore-program = без разрешения не восстанавливается запускаемая программа: { $change }
restore-unknown = пропускается { $part }: не поддерживается этой версией
preview-line = строка { $line }
preview-server = запись { $server }
preview-new = новый
preview-known = уже есть: { $node }
preview-refused = отклонено: { $why }
preview-counts = результат импорта: { $counts }

foreign-head = настройки другой программы:
foreign-subscription = подписка { $name }: { $address }
foreign-subscription-unnamed = подписка: { $address }
foreign-left = пропущено: { $name } ({ $why })
foreign-unsupported = в Sluice нет такой настройки
foreign-needs-login = для общего доступа к порту нужен вход: задайте gateway.login, затем gateway.listen
foreign-in-the-tray = включите это в меню трея
foreign-invalid-value = здесь это значение недопустимо
foreign-question = Импортировать и эти настройки? (y/n){" "}
foreign-imported = настройки импортированы
foreign-not-imported = настройки из файла не импортированы; чтобы импортировать их, используйте --settings
foreign-not-added = { $address } не добавлен: { $why }
column-place = место
column-found = результат

## Почему что-то отклонено или не удалось

expected-number = число от { $low } до { $high }
expected-any-number = число
expected-boolean = true или false
expected-one-of = одно из значений: { $words }
expected-loopback = адрес этого компьютера (loopback), если не задан gateway.login
expected-other-port = порт, отличный от gateway.listen
expected-address = IP-адрес и порт, например 127.0.0.1:1080
expected-login-lengths = имя пользователя и пароль от 1 до 255 байт
expected-login = {"{"}"user":"…","password":"…"{"}"} или null
expected-web-address = адрес http:// или https://
expected-pages = хотя бы один адрес http://
expected-statuses = коды состояния HTTP, например [200, 204]
expected-schedule = интервалы между проверками в секундах, например [10, 60, 300]
expected-plain-text = не более 256 печатных символов ASCII
expected-key = ключ из списка `sluice get`
expected-at = { $key }: ожидается { $wanted }
expected-host = имя хоста
expected-address-or-host = адрес или имя хоста
expected-log-filter = фильтр, например `sluice=debug,warn`
expected-pins = список JSON не более чем из 200 закреплений вида `{ "{" }"site":"example.com","to":"country:JP","else":"any"{ "}" }`
expected-pinned-traffic = хост или домен, `app:ПРОГРАММА` или `app:ПРОГРАММА@САЙТ`
expected-pin-target = `direct`, `block`, `country:КОД`, `group:ИМЯ` или узел
expected-existing-pin = сайт или программа одного из закреплений
expected-known-site = сайт из числа запомненных
expected-doors = список JSON не более чем из 16 входов вида `{ "{" }"name":"jp","listen":"127.0.0.1:1081","to":"country:JP"{ "}" }`
expected-door-name = имя из букв, цифр, `-`, `_` и `.`, не длиннее 64 байт
expected-new-door-name = имя, которого нет у других входов
expected-existing-door = имя одного из входов
expected-door-target = входу нужны узел, группа, страна или стратегия
expected-node-selector = `country:КОД`, `group:ИМЯ` или узел
expected-country = код страны из двух букв, например JP
expected-not-in-access-list = сайт, о котором не решает список доступа
expected-text = текст
expected-list = список
expected-object = объект JSON
cause-at = { $place }: { $why }
cause-file = не удаётся { $doing } { $file }: { $why }
operation-read = прочитать
operation-write = записать
operation-set-aside = отложить
operation-remove = удалить
operation-create = создать
operation-use = использовать
cause-port-in-use = адрес { $addr } занят программой { $program }
cause-line = { $file }, строка { $line }: { $why }
cause-versions = версия ядра — { $engine }, версия этой программы — { $program }; перезапустите ядро
cause-control-socket = не удаётся открыть управляющий сокет: { $why }
plugin-request = плагину { $plugin } ещё не разрешён запуск (параметры: { $options })
plugin-request-plain = плагину { $plugin } ещё не разрешён запуск
cause-process = процесс { $pid }
cause-no-home = домашняя папка не найдена; укажите её с --home
cause-not-private = другие пользователи имеют доступ к папке { $folder }
no-node-none-yet = узлов пока нет; сначала импортируйте
no-node-none-chosen = узел не выбран; выберите его
no-node-all-excluded = все узлы исключены из балансировки нагрузки
no-node-none-of-group = в этой группе нет пригодных узлов
no-node-none-serves = ни один из используемых узлов не работает
no-node-closed = порт закрыт; сначала подключитесь
desktop-settings = нет доступа к настройкам системного прокси: { $why }
desktop-not-accepted = система не приняла настройку прокси { $setting }
desktop-lease = нет доступа к файлу с прежними настройками прокси: { $why }
desktop-watcher = не удалось запустить программу, восстанавливающую настройки прокси: { $why }
broken-ends-early = неожиданный конец файла: строка { $line }, столбец { $column }
json-invalid = недопустимый JSON: строка { $line }, столбец { $column }
broken-version = версия { $found } не поддерживается (поддерживаются: от 1 до { $known })
broken-wrong-value = неверное значение, ожидается { $wanted }
broken-missing = отсутствует { $key }
broken-unknown = неизвестное поле { $key }
broken-names = имена подписок не должны повторяться
backup-ends-early = неожиданный конец файла
backup-none = не резервная копия Sluice
backup-newer = создано более новой версией Sluice ({ $by }); чтобы восстановить, обновите программу
backup-version = неизвестная версия резервной копии
backup-damaged = файл повреждён
backup-checksum = контрольная сумма не совпадает: файл повреждён или изменён (чтобы всё же восстановить его, удалите запись "sha256")
backup-no-text = { $part }: ожидается текст
backup-part = { $part }: { $why }
backup-line = { $part }, строка { $line }: { $why }
backup-nothing-to-undo = нечего отменять
line-too-long = правило длиннее { $bytes } байт
line-everything = подходит под любой адрес
line-no-domain = нет домена
line-not-ascii = в адресах нет такого символа; запишите его как %XX
line-regex = недопустимое регулярное выражение: { $why }
line-too-complex = слишком сложно: в списке слишком много выражений или они слишком длинные
line-options = параметры не поддерживаются: ${ $options }
line-element-hiding = правила скрытия элементов не поддерживаются
line-fragment = адреса сравниваются без # и того, что следует за ним
line-not-for-browsers = браузеры не поддерживают такое регулярное выражение
line-no-section = неизвестный раздел { $section }
line-before-section = запись стоит до первого раздела
line-no-network = недопустимая сеть: { $network }
line-address-for-name = ожидается домен, а указан адрес: { $name }
line-no-name = недопустимый домен: { $name }

link-no-link = не ссылка
link-unsupported = ссылки { $scheme }:// не поддерживаются
link-page = это веб-адрес; добавьте его как подписку
link-credentials = часть перед хостом — не обычный текст и не base64
link-no-password = нет пароля
link-login-length = имя пользователя и пароль должны быть длиной от 1 до 255 байт
link-cipher = шифр { $name } не поддерживается
link-cipher-unnamed = этот шифр не поддерживается
link-not-base64 = недопустимый base64: { $part }
link-part-whole = ссылка
link-part-password = пароль
link-part-protocol-param = protoparam
link-part-obfs-param = obfsparam
link-parts = ссылка ShadowsocksR состоит из шести частей
link-ssr-method = шифр ShadowsocksR { $name } не поддерживается
link-ssr-method-unnamed = этот шифр ShadowsocksR не поддерживается
link-ssr-protocol = протокол ShadowsocksR { $name } не поддерживается
link-ssr-protocol-unnamed = этот протокол ShadowsocksR не поддерживается
link-ssr-obfs = обфускация ShadowsocksR { $name } не поддерживается
link-ssr-obfs-unnamed = эта обфускация ShadowsocksR не поддерживается
link-host = хост не указан или недопустим
link-no-port = порт не указан
link-port = порт должен быть числом от 1 до 65535
link-path = лишний текст после порта
link-plugin = плагин должен быть именем программы
link-unknown-plugin = плагин { $name } не поддерживается
link-plugin-option = параметр плагина { $option } не поддерживается
link-transport = параметр транспорта { $option } не поддерживается
link-websocket = адрес WebSocket должен начинаться с ws:// или wss:// и не содержать имени пользователя
link-prefix = для этого префикса нужен шифр AEAD, соль которого длиннее хотя бы на 8 байт
key-empty = пустой пароль
key-not-base64 = ключ для { $cipher } — недопустимый base64
key-length = длина ключа для { $cipher } в байтах: { $found }, ожидается { $wanted }
seal-password = неверный пароль
seal-damaged = файл повреждён или обрезан
seal-unknown = файл не зашифрован паролем или имеет неизвестный формат
picture-none = формат изображения не поддерживается (поддерживаются PNG, JPEG, GIF, BMP, WebP)
picture-damaged = изображение повреждено
picture-too-large = изображение слишком большое
code-too-long = слишком длинно для QR-кода
clipboard-none = буфер обмена недоступен
clipboard-unusable = нет доступа к буферу обмена: { $why }
screen-unusable = не удаётся сделать снимок экрана: { $why }
screen-none = экран недоступен
screen-no-leave = нет разрешения на снимок экрана

list-web-page = это веб-страница, а не список узлов
list-yaml = недопустимый YAML
list-yaml-at = недопустимый YAML: строка { $line }
list-no-servers = узлы не найдены
list-provider = сообщение провайдера: { $message }
list-too-many = узлов: { $servers }; предел: { $most }
list-too-large = слишком много данных для списка узлов

fetch-both = через Sluice: { $gateway }; напрямую: { $direct }
fetch-connect = не удаётся подключиться: { $cause }
fetch-time-limit = ответ не получен полностью за { $seconds } с
fetch-status = ответ сервера: { $status }
fetch-too-large = ответ больше { $mebibytes } MiB
fetch-no-response = нет ответа: { $cause }
fetch-interrupted = ответ прерван: { $cause }
fetch-unpack = не удаётся распаковать ответ
fetch-no-release = ответ не описывает выпуск программы
fetch-redirect-loop = перенаправления зациклились
fetch-too-many-redirects = слишком много перенаправлений
fetch-insecure-redirect = перенаправление с https на http
fetch-own-port = адрес ведёт на порт самого Sluice
fetch-local-redirect = адрес перенаправляет на этот компьютер или в частную сеть
fetch-invalid-url = недопустимый адрес

response-empty = пустой ответ
response-not-text = ответ — не текст
response-version = версия SIP008 { $version } не поддерживается (поддерживается: 1)
response-no-usable-node = { $refused ->
    [1] нет пригодных узлов; { $refused } запись отклонена: { $first }
    [one] нет пригодных узлов; отклонена { $refused } запись, причина первой: { $first }
    [few] нет пригодных узлов; отклонено { $refused } записи, причина первой: { $first }
    [many] нет пригодных узлов; отклонено { $refused } записей, причина первой: { $first }
   *[other] нет пригодных узлов; отклонено { $refused } записи, причина первой: { $first }
}
rule-list-web-page = ответ — веб-страница, а не список правил
rule-list-not-base64 = ответ — не список правил и не base64
rule-list-no-head = не список правил: первая строка не [AutoProxy …] и не [Adblock …]
rule-list-damaged = список правил повреждён или обрезан: неверная контрольная сумма
rule-list-empty = список правил пуст

subscription-error-invalid-url = ожидается адрес http:// или https://
subscription-error-duplicate-url = этот адрес уже добавлен под именем { $name }
subscription-error-name = имя: ожидается одна строка не длиннее { $most } байт
subscription-error-duplicate-name = имя: подписка { $name } уже есть
subscription-error-interval = интервал: ожидается число часов не больше { $most } или 0, чтобы не обновлять автоматически

failure-no-response = нет ответа за { $seconds } с
failure-silent = сервер ничего не присылал { $seconds } с
failure-status = ответ страницы: { $status }
failure-unfinished = страница не успела загрузиться
failure-unreached = сервер недоступен
failure-tls = не удалось установить TLS-соединение с сервером
failure-no-websocket = сервер не открыл WebSocket
failure-websocket-status = на запрос WebSocket сервер ответил статусом HTTP { $status }
failure-not-allowed = сервер отклонил запрос
failure-not-socks5 = ответ не по протоколу SOCKS5
failure-interrupted = загрузка страницы прервана: { $cause }
failure-program = ошибка программы узла: { $cause }
failure-no-program = нет программы { $program }
failure-not-started = не удалось запустить { $program }: { $why }
failure-ended = программа { $program } завершилась ({ $exit })
failure-ended-with-output = программа { $program } завершилась ({ $exit }): { $said }
failure-config-file = файл конфигурации узла: { $cause }
failure-own-port = адрес узла — порт самого Sluice
failure-no-port = нет доступного локального порта: { $cause }
failure-no-free-port = нет свободного порта, начиная с { $base }
failure-port-taken = порт узла заняла другая программа
failure-not-understood = программа узла отклонила конфигурацию (столбец { $column })
failure-method = неизвестный шифр `{ $method }`
failure-login = неверное имя пользователя или пароль
failure-not-ready = узел не готов через { $seconds } с
failure-unanswered = { $seen }, и проверка не получает ответа
failure-again = { $seen }, причём неоднократно, хотя проверки проходят
failure-transfer-stalled = передача останавливается на полпути, а через другие узлы нет
signal-closed-empty = закрывает соединения без ответа
signal-closed-alone = закрывает соединение, которое работает через другой узел
signal-wrong-answer = неверно отвечает на TLS, как страница входа
signal-silent = не отвечает за своё обычное время
signal-stopped = передача остановилась, хотя через другие узлы передачи идут
signal-stalled = передачи нескольких сайтов остановились, хотя через другие узлы они идут
signal-connect-failed = не принимает соединения
signal-handshake-failed = сбой рукопожатия
system-error-refused = в соединении отказано
system-error-reset = соединение сброшено
system-error-closed = соединение закрыто без ответа
system-error-timed-out = время ожидания истекло
system-error-no-route = нет маршрута к хосту
system-error-no-address = имя не найдено
system-error-in-use = адрес уже занят
system-error-addr-not-available = у этого компьютера нет такого адреса
system-error-forbidden = нет доступа
system-error-missing = нет такого файла
system-error-already-exists = файл уже существует
system-error-full = на диске нет места
system-error-too-large = файл слишком большой
system-error-read-only = диск только для чтения
system-error-no-folder = не папка
system-error-folder = это папка
system-error-no-program = программа не для этой системы
system-error-too-many-open = открыто слишком много файлов
system-error-no-memory = не хватает памяти
system-error-unsupported = не поддерживается системой
system-error-not-http = ответ не по протоколу HTTP
system-error-missing-program = программа { $program } не установлена
system-error-hung-program = программа { $program } не завершилась за { $seconds } с
system-error-no-home = домашняя папка не найдена
system-error-package = в этой системе этим управляет установленный пакет
system-error-unfinished = неполный ответ
system-error-unknown-issuer = сертификат выдан неизвестным центром
system-error-certificate-time = срок сертификата истёк или ещё не начался
system-error-certificate-name = сертификат для другого имени
system-error-certificate = недопустимый сертификат
system-error-tls = сбой рукопожатия TLS
exit-status = код завершения { $status }
exit-signal = сигнал { $signal }
reason-restored = снова нужен
reason-removed = больше не нужен
reason-surplus = узлов больше, чем нужно
reason-recovered = проверки снова проходят
reason-ended = процесс завершился ({ $exit })

## Окно

mode-pac-short = PAC
page-nodes = Узлы
page-balance = Балансировка
page-connections = Соединения
page-rules = Правила
page-subscriptions = Подписки
page-activity = Активность
page-settings = Настройки
window-no-display = нет экрана, на котором можно открыть окно
window-rates = ↓ { $down }  ↑ { $up }
window-engine-stopped = Sluice не запущен. Окно подключится, как только он заработает.
window-start-engine = Запустить Sluice
window-close = Закрыть
window-cancel = Отмена
window-undo = Отменить

nodes-search = Поиск узлов
nodes-add = Добавить
nodes-add-clipboard = Из буфера обмена
nodes-add-file = Из файла…
nodes-test = Проверить
nodes-test-all = Проверить все
nodes-stop-tests = Остановить ({ $done } из { $all })
nodes-delete = Удалить
nodes-edit = Изменить
nodes-duplicate = Дублировать
nodes-share = Поделиться
nodes-up = Выше
nodes-down = Ниже
nodes-add-manually = Ввести вручную…
nodes-add-screen = Из QR-кода на экране
nodes-add-clients = Из других клиентов
nodes-add-subscription = Из подписки
nodes-no-code = QR-код не найден.

import-dialog-title = Импорт узлов
import-dialog-reading = Чтение…
import-dialog-external = Это прислала другая программа, например браузер. Импортируйте, только если вы этого ждали.
import-dialog-new = новых: { $count }
import-dialog-refused = недопустимых: { $count }
import-dialog-row-new = Новый
import-dialog-row-known = Уже есть
import-dialog-row-renamed = Другое имя
import-dialog-row-twice = Повтор
import-dialog-row-refused = Ошибка
import-dialog-renamed = { $new } (здесь: { $old })
import-dialog-settings = Импортировать и настройки этой программы
import-dialog-list-added = Подписка добавлена: { $address }
import-dialog-import = { $count ->
    [0] Импортировать
    [one] Импортировать { $count } узел
    [few] Импортировать { $count } узла
    [many] Импортировать { $count } узлов
   *[other] Импортировать { $count } узла
}
drop-hint = Отпустите, чтобы импортировать
drop-hint-text = Списки ссылок, файлы конфигурации других клиентов или изображения с QR-кодами. Перед импортом всё можно просмотреть.

progress-by-gateway = запрос через Sluice…
progress-directly = запрос напрямую…
progress-bytes = получено { $bytes }
progress-of = получено { $bytes } из { $all }
progress-stop = Остановить
nodes-allow-plugin = Разрешить плагин { $plugin }
nodes-connect = Подключиться через этот узел
nodes-chosen = Выбрано { $chosen } из { $all }
nodes-removed = { $nodes ->
    [one] Удалён { $nodes } узел
    [few] Удалено { $nodes } узла
    [many] Удалено { $nodes } узлов
   *[other] Удалено { $nodes } узла
}
nodes-name = Имя
nodes-kind = Тип
nodes-country = Страна
nodes-every-country = Все страны
nodes-latency = Задержка
nodes-today = Сегодня
nodes-total = Всего
nodes-in-use = Вкл.
nodes-weight = Вес
nodes-tier = Приоритет
nodes-use = Использовать { $node }
nodes-weight-of = Вес: { $node }
nodes-tier-of = Приоритет: { $node }
nodes-group = { $group } ({ $nodes })
nodes-testing = проверка…
nodes-failed = ошибка
nodes-none-found = Подходящих узлов нет
nodes-none-found-text = Ищите по имени, адресу, группе или шифру.

welcome-heading = Добро пожаловать в Sluice
welcome-intro = Sluice распределяет трафик по нескольким прокси-серверам и заменяет те, что отказали, поэтому связь не прерывается.
welcome-title = Добавьте первый узел
welcome-text = Узел — это сервер Shadowsocks, ShadowsocksR или SOCKS5. Перед импортом можно всё просмотреть.
welcome-clipboard-text = Сначала скопируйте ссылки ss:// или ssr:// со страницы провайдера. Работает и Ctrl+V.
welcome-file-text = Список ссылок, SIP008 JSON или конфигурация другого клиента, например Clash.
welcome-screen-text = Покажите код в браузере или мессенджере рядом с этим окном.
welcome-clients-text = Читает файлы клиентов Shadowsocks, ShadowsocksR и Clash на этом компьютере. Ничего в них не меняется.
welcome-subscription-text = Адрес от провайдера; его список обновляется сам.
welcome-no-clients = Файлы других клиентов на этом компьютере не найдены.
welcome-computer = На этом компьютере
welcome-tray = Sluice работает в системном трее: щёлкните значок, чтобы подключиться, сменить узел или открыть это окно. Закрытие окна не останавливает Sluice.
welcome-extension = GNOME показывает значки в трее только с этим расширением.
welcome-extension-page = Установить AppIndicator…
welcome-skip = Пропустить

settings-appearance = Внешний вид
settings-theme = Тема
settings-theme-light = Светлая
settings-theme-dark = Тёмная

form-new = Новый узел
form-change = Изменение узла
form-save = Сохранить
form-saved = Сохранено
form-known = Этот узел уже в списке.
form-copy-of = { $node } (копия)
form-host = Сервер
form-port = Порт
form-user = Пользователь
form-password = Пароль
form-reveal = Показать
form-hide = Скрыть
form-cipher = Шифр
form-plugin = Плагин
form-plugin-options = Параметры плагина
form-choose = Выбрать
form-choose-group = Выбрать группу
form-no-plugin = Нет
form-protocol = Протокол
form-protocol-param = Параметр протокола
form-obfs = Обфускация
form-obfs-param = Параметр обфускации
form-group = Группа
form-wrong-host = Введите имя хоста или адрес, например server.example или 192.0.2.1.
form-wrong-port = Введите число от 1 до 65535.
form-wrong-password = Введите пароль сервера.
form-wrong-key = Введите ключ для { $cipher } в base64.
form-wrong-key-length = Для { $cipher } нужен ключ в base64 длиной { $wanted } байт, а длина этого — { $found }.
form-wrong-login = Введите имя пользователя и пароль длиной от 1 до 255 байт или оставьте оба поля пустыми.
form-wrong-plugin = Введите имя программы из PATH, без пути.

share-title = Поделиться: { $node }
share-nodes = { $nodes ->
    [one] { $nodes } узел
    [few] { $nodes } узла
    [many] { $nodes } узлов
   *[other] { $nodes } узла
}
share-code = QR-код: { $node }
share-link = Ссылка
share-copy = Копировать ссылку
share-copied = Скопировано (содержит пароль)
share-save = Сохранить изображение…
share-warning = Любой, у кого это есть, может пользоваться сервером: внутри пароль.

path-file = Файл
path-browse = Обзор…
path-open = Открытие файла
path-open-action = Открыть
path-saved = Сохранено как { $file }

welcome-manual-text = Сервер, порт, пароль и шифр — от провайдера или с вашего собственного сервера.

settings-start = Запуск
settings-silent-start = Тихий запуск при входе
settings-notices = Уведомления
settings-notices-text = По одной и той же причине — не чаще одного уведомления в пять минут.
settings-notices-members = Узел заменён или выведен из пула
settings-notices-pool = Не хватает работающих узлов
settings-notices-network = Сеть пропала или восстановилась
settings-notices-port = Порт занят
settings-notices-desktop = Не удаётся включить системный прокси
settings-notices-rules = Не удаётся загрузить список правил
settings-notices-import = Результаты импорта
settings-notices-subscription = Результаты обновления подписок
settings-port = Порт
settings-port-text = Адрес, который используют программы. Для других устройств нужны имя пользователя и пароль.
settings-listen = Адрес и порт
settings-http-listen = Прокси только HTTP
settings-metrics = Метрики и состояние
settings-limits = Ограничения
settings-seconds = секунды
settings-millis = миллисекунды
settings-max-connections = Предел соединений
settings-handshake-limit = Ожидание запроса от клиента
settings-connect-limit = Ожидание подключения
settings-idle-limit = Ожидание без данных (0: без предела)
settings-drain-limit = Сохранять соединения заменённого узла
settings-udp = UDP
settings-udp-text = Сервер SOCKS5 может попросить отправлять UDP на другой адрес, на любой машине.
settings-any-udp-relay = Отправлять UDP туда, куда просит узел SOCKS5
settings-programs = Внешние программы
settings-programs-text = Используются вместо встроенных клиентов. Оставьте пустым, чтобы использовать встроенный.
settings-built-in = встроенный
settings-port-base = Наименьший локальный порт
settings-plugins = Плагины, которым разрешён запуск
settings-excluded-ports = Исключённые порты
settings-backup = Резервная копия
settings-backup-text = Настройки, узлы, правила и подписки в одном файле. В нём есть пароли, поэтому защитите его паролем.
settings-backup-take = Сохранить копию
settings-backup-restore = Восстановить из копии
settings-backup-undo = Отменить последнее восстановление
settings-backup-password-text = Пароль для файла. Без него любой, у кого есть файл, прочитает всё его содержимое.
settings-backup-sealed = Эта резервная копия зашифрована паролем.
settings-backup-restore-question = Восстановить эту резервную копию?
settings-backup-confirm = Восстановить
settings-backup-programs = Восстановить и запускаемые программы: я доверяю создателю копии
settings-backup-restored = Резервная копия восстановлена.
settings-continue = Продолжить
settings-reset = Сброс
settings-reset-text = Возвращает всем настройкам значения по умолчанию. Узлы, подписки и ваши правила сохраняются.
settings-reset-action = Сбросить настройки…
settings-reset-question = Сбросить все настройки?
settings-reset-done = Всем настройкам возвращены значения по умолчанию.
settings-draft = Изменено, ещё не применено
settings-apply = Применить
settings-applied = Применено
settings-discard = Отменить изменения
settings-wanted = Ожидается: { $wanted }.
settings-about = О программе
settings-version = Sluice { $window }, ядро { $engine }
settings-licence = Лицензия: { $licence }
settings-parts = Использованные пакеты с открытым исходным кодом: { $crates }.
settings-licences = Лицензии сторонних компонентов

draft-apply = Применить
draft-discard = Отменить изменения
draft-outdated = Тем временем это изменили в другом месте. Введённое вами сохранено.
window-copy = Копировать
input-address = Введите адрес, который начинается с http:// или https://
input-port = Введите число от 1 до 65535
input-other-port = Введите число от 1 до 65535, отличное от порта выше
graph-nothing = За последние пять минут трафика не было
graph-now = сейчас
graph-ago = { $minutes } мин назад
graph-span-ago = { $span } назад

## Страница балансировки нагрузки

balance-on = Использовать несколько узлов одновременно
balance-is-on = Соединения распределяются по узлам; неисправный узел заменяется.
balance-is-off = Всё идёт через один узел.
balance-size = Узлов одновременно
balance-serving = { $serving } из { $size } работают
balance-traffic = Трафик за последние пять минут
balance-graph = Трафик за последние пять минут по узлам. Сейчас получение { $down }, отправка { $up }.
balance-as-table = Показать таблицей
balance-column-member = Узел
balance-column-down-now = ↓ сейчас
balance-column-down-most = ↓ пик
balance-column-down-sum = ↓ всего
balance-column-up-now = ↑ сейчас
balance-column-up-most = ↑ пик
balance-column-up-sum = ↑ всего
balance-since = уже { $span }
balance-down = Получено
balance-up = Отправлено
balance-open = Открыто соединений
balance-total = Всего соединений
balance-first-byte = Первый байт
balance-check = Последняя проверка
balance-cpu = ЦП
balance-failures = Ошибки
balance-why = Через какой узел идёт сайт?
balance-why-host = Сайт
balance-why-check = Проверить
balance-why-text = Введите сайт, чтобы узнать, через какой узел он идёт сейчас и какие узлы следующие.
balance-why-not = { $node } не принимает соединения: { $state }, { $why }
balance-why-unmeasured = ещё не измерено
balance-why-turn = { $turn }. { $node }: открыто { $open }, первый байт { $waits }
balance-health = Проверка узлов
balance-health-text = Sluice загружает небольшую страницу через каждый узел. Если не получается, сначала пробуется вторая страница.
balance-urls = Страницы, загружаемые через узлы
balance-direct-urls = Страницы, загружаемые напрямую
balance-transfer-url = Страница для пробной передачи
balance-transfer-bytes = Байт в пробной передаче (0 — не проверять)
balance-input-transfer-bytes = от 0 до 1048576
balance-statuses = Допустимые коды HTTP
balance-schedule = Интервалы проверки, секунды
balance-limit = Время ожидания, секунды
balance-input-pages = Введите хотя бы один адрес, по одному в строке, начиная с http://
balance-input-statuses = Введите числа от 100 до 599, например 200, 204
balance-input-schedule = Введите числа от 1 до 86400, например 10, 60, 300; последнее повторяется
balance-input-limit = Введите число от 1 до 120

## Страница правил

rules-mode = Системный прокси
rules-script-at = Адрес PAC:
rules-list-title = Список правил
rules-list-text = Общедоступный список в формате GFWList. Загружается через узел, а если не получается — напрямую.
rules-list-url = Адрес
rules-list-every = Обновлять каждые
rules-list-hours = ч; 0 — не обновлять автоматически
rules-update = Обновить сейчас
rules-updating = Загрузка…
rules-updated = Обновлено
rules-no-list = Списка пока нет
rules-list-age = { $rules ->
    [one] { $rules } правило, загружено { $span } назад
    [few] { $rules } правила, загружено { $span } назад
    [many] { $rules } правил, загружено { $span } назад
   *[other] { $rules } правила, загружено { $span } назад
}
rules-at-gateway = Применять правила ко всем программам
rules-at-gateway-text = И к программам, которые не используют скрипт PAC.
rules-when-down = Напрямую, когда Sluice не работает
rules-when-down-text = Браузеры тогда обходят Sluice, и сайты видят ваш собственный адрес.
rules-own-title = Ваши правила
rules-own-text = Они важнее списка. ||example.com — домен и его поддомены, @@ в начале — напрямую, ! в начале — комментарий.
rules-acl-title = Список доступа
rules-acl-text = Важнее всех остальных правил, для всех программ: сети и ||домены в разделах [proxy_list], [bypass_list] и [outbound_block_list]. Оставьте пустым, если он не нужен.
rules-acl-none = Списка доступа нет
rules-acl-lan = Локальные сети напрямую
rules-acl-lan-text = Добавляет этот компьютер и локальные сети к тому, что идёт напрямую.
rules-acl-merge = Добавить список страны…
rules-acl-merge-text = Добавляет сети или домены из вашего файла к тому, что идёт напрямую.
rules-acl-added = { $count ->
    [one] Добавлена { $count } запись; нажмите «Применить»
    [few] Добавлено { $count } записи; нажмите «Применить»
    [many] Добавлено { $count } записей; нажмите «Применить»
   *[other] Добавлено { $count } записи; нажмите «Применить»
}
rules-read-again = Перечитать
rules-bad-line = Строка { $line }: { $why }
rules-more-bad = { $count ->
    [one] и ещё { $count } строка
    [few] и ещё { $count } строки
    [many] и ещё { $count } строк
   *[other] и ещё { $count } строки
}
rules-which = Какое правило подходит?
rules-which-url = Адрес или хост
rules-which-check = Проверить
rules-which-text = Введите адрес, чтобы узнать, какое правило подходит и куда он пойдёт.
sharing-title = Доступ для других устройств
sharing-text = Другие устройства вашей сети могут использовать Sluice с именем пользователя и паролем.
sharing-who = Кто может подключаться
sharing-here = Только этот компьютер
sharing-network = Все устройства в сети
sharing-port = Порт
sharing-http = Отдельный порт HTTP
sharing-http-text = Для программ без поддержки SOCKS5. Порт выше принимает и то, и другое.
sharing-http-port = Порт HTTP
sharing-login = Требовать вход
sharing-login-text = Для всех программ, включая программы на этом компьютере.
sharing-user = Имя пользователя
sharing-password = Пароль
sharing-reveal = Показать
sharing-unchanged = без изменений
sharing-input-login = Для других устройств нужен вход
sharing-input-password = Введите имя пользователя и пароль не длиннее 255 символов
sharing-addresses = Другие устройства подключаются сюда. Скрипт PAC — для браузеров и телефонов.
sharing-show-code = Показать QR-код
sharing-hide-code = Скрыть QR-код
sharing-code = QR-код: { $address }

## Страница активности

activity-list = Список
activity-events = События
activity-log = Журнал
activity-kind = Тип
activity-all = Все
activity-members = Узлы в работе
activity-network = Сеть
activity-nodes = Узлы и подписки
activity-rules = Правила и системный прокси
activity-engine = Ядро и настройки
activity-find = Найти
activity-warnings = Только предупреждения и ошибки
activity-follow = Следить за новыми
activity-folder = Открыть папку
activity-diagnosis = Сохранить диагностику…
activity-diagnosis-text = Файл для поиска неполадок: состояние, настройки, события и журнал — без имён, хостов, посещённых сайтов и паролей.
activity-no-events = Событий нет
activity-no-log = Журнала нет
activity-none-text = Пока ничего не произошло, или ничего не подходит под фильтр.
activity-click = { $text } (нажмите, чтобы скопировать)

## Страница подписок

subscriptions-add = Добавить подписку…
subscriptions-update-all = Обновить все
subscriptions-updating = Обновление…
subscriptions-updating-of = Обновление: готово { $done } из { $all }
subscriptions-fetching = Обновление: { $progress }
subscriptions-none = Подписок пока нет
subscriptions-none-text = Введите адрес от вашего провайдера, чтобы получать узлы и обновлять их автоматически.
subscriptions-add-title = Новая подписка
subscriptions-add-text = Перед добавлением узлы можно просмотреть. Адрес хранится в тайне, как пароль.
subscriptions-add-external = Этот адрес прислала другая программа, например браузер. Загружайте список, только если вы этого ждали.
subscriptions-url = Адрес
subscriptions-fetch = Загрузить
subscriptions-name = Имя
subscriptions-input-name = Введите имя, которого нет у других подписок
subscriptions-offer = { $count ->
    [one] { $count } узел, новых: { $new }
    [few] { $count } узла, новых: { $new }
    [many] { $count } узлов, новых: { $new }
   *[other] { $count } узла, новых: { $new }
}
subscriptions-known = (уже в списке)
subscriptions-refused = { $count ->
    [one] { $count } запись непригодна
    [few] { $count } записи непригодны
    [many] { $count } записей непригодны
   *[other] { $count } записи непригодны
}
subscriptions-add-these = Добавить
subscriptions-edit-title = Подписка { $name }
subscriptions-action-of = { $deed } { $name }
subscriptions-update = Обновить
subscriptions-edit = Изменить
subscriptions-remove = Удалить
subscriptions-remove-title = Удалить { $name }?
subscriptions-remove-text = Её узлы тоже будут удалены. Узлы, добавленные вами, останутся.
subscriptions-nodes = { $count ->
    [one] { $count } узел
    [few] { $count } узла
    [many] { $count } узлов
   *[other] { $count } узла
}
subscriptions-updated = обновлено { $span } назад
subscriptions-never = ещё не обновлялась
subscriptions-manual = обновляется вручную
subscriptions-every = каждые { $hours } ч
subscriptions-next = следующее через { $span }
subscriptions-failed = { $times ->
    [1] Ошибка: { $why }
    [one] Не удалось { $times } раз: { $why }
    [few] Не удалось { $times } раза: { $why }
    [many] Не удалось { $times } раз: { $why }
   *[other] Не удалось { $times } раза: { $why }
}
subscriptions-quota = Использовано трафика: { $used }
subscriptions-ends = истекает { $day }
subscriptions-ended = срок истёк { $day }

## Соединения

connection-rule = { $list }, строка { $line }
connection-only = единственный узел
connection-pinned = закреплён
connection-through-door = вход { $door }
connection-of-door = по входу
connection-fastest = быстрейший из двух
connection-crowded = свой узел занят
connection-retried = { $node } не подключился
connection-replayed = повторено вместо { $node }
connection-open = открыто
connection-closed = закрыто
connection-reset = прервано
connection-no-response = нет ответа
connection-blocked = заблокировано
connection-failed = не установлено
connection-no-node = нет готового узла
connection-no-door-node = ни один узел входа не работает
connection-cancelled = закрыто вами
connection-dropped = закрыто Sluice
cli-connections-closed = { $count ->
    [one] закрыто { $count } соединение
    [few] закрыто { $count } соединения
    [many] закрыто { $count } соединений
   *[other] закрыто { $count } соединения
}
cli-connections-which = укажите номера соединений или один текст

connections-none = Нет соединений
connections-none-text = Ни одна программа не подключена через Sluice, или ничто не подходит под фильтр.
connections-every-program = Все программы
connections-every-node = Все узлы
connections-ended = Показать закрытые
connections-group = Группировка
connections-ungrouped = Нет
connections-by-program = Программа
connections-by-site = Сайт
connections-by-node = Узел
connections-open = Открыто: { $count }  { $rates }
connections-close-shown = Закрыть показанные
connections-close = Закрыть { $host }
connections-program = Программа
connections-host = Хост
connections-rule = Правило
connections-node = Узел
connections-no-node = Без узла
connections-down = Приём
connections-up = Отдача
connections-down-rate = Приём/с
connections-up-rate = Отдача/с
connections-age = Возраст
connections-client = Клиент: { $client }
connections-fix = Этот сайт не открывается…
connections-pin = Направить сайт иначе…
connections-actions = Действия для { $host }
