//! The messages on the control socket: JSON-RPC 2.0, one message per line, no batches.
//!
//! Reading a request fails only with a [`ProtocolError`], which describes the error and its position, and contains the
//! request's id if it could be read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::lines::InvalidLine;
use crate::locale::Locale;
use crate::model::connection::ConnectionChanges;
use crate::model::{Command, Event, Fault, FaultCode, Reply, Snapshot};

/// Maximum length of a line that a server accepts before `hello`, in bytes.
pub const MAX_HELLO: usize = 64 << 10;

/// Maximum length of a line that a server accepts, in bytes: as long as a response, because a backup or a list of nodes
/// that was read can be sent back.
pub const MAX_REQUEST: usize = MAX_RESPONSE;

/// Maximum length of a line that a client accepts, in bytes: enough for some hundred thousand nodes.
pub const MAX_RESPONSE: usize = 64 << 20;

/// The version that client and server must share.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A request: one of the server's own methods, or a command for the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// States the client's version; must come first.
    Hello {
        /// The client's version.
        version: String,
    },
    /// Takes over from this engine: no further message of this protocol follows.
    TakeOver,
    /// Subscribes to snapshots.
    Watch,
    /// Subscribes to events; the response carries the past ones.
    Follow,
    /// Subscribes to the connections of clients.
    Connections,
    /// A command for the engine.
    Command(Command),
}

/// A request and its id, which the response repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestMessage {
    /// The id; `null` if the client does not need to distinguish responses.
    pub id: Value,
    /// The request.
    pub request: Request,
}

/// A line that is not a valid request.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtocolError {
    /// The id, or `null` if it could not be read.
    pub id: Value,
    /// The JSON-RPC error code.
    pub code: i32,
    /// The error and its position.
    pub what: String,
}

/// A message from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerMessage {
    /// The response to a request.
    Response {
        /// The request's id.
        id: Value,
        /// Its result.
        result: Result<CallResult, Fault>,
    },
    /// The current state.
    Snapshot(Box<Snapshot>),
    /// An event.
    Event(Event),
    /// The connections of clients have changed.
    Connections(ConnectionChanges),
    /// This many events were dropped because the client did not read them in time.
    Missed(u64),
}

/// The result of a request that succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CallResult {
    /// Of a command.
    Reply(Reply),
    /// Of `hello`.
    Hello {
        /// The engine's version.
        version: String,
    },
}

/// The method names of all commands: JSON-RPC has a separate error code for an unknown method.
const METHODS: &[&str] = &[
    "status",
    "connect",
    "disconnect",
    "cluster-on",
    "cluster-off",
    "mode",
    "import",
    "preview",
    "propose",
    "proposals",
    "nodes",
    "share",
    "share-many",
    "backup-take",
    "backup-preview",
    "backup-restore",
    "backup-undo",
    "node-edit",
    "plugin-allow",
    "node-remove",
    "nodes-remove",
    "nodes-restore",
    "nodes-move",
    "node-replace",
    "show",
    "test",
    "rules-test",
    "rules-reload",
    "rules-text",
    "rules-write",
    "acl-text",
    "acl-write",
    "pac-list",
    "pac-update",
    "subscription-preview",
    "subscription-add",
    "subscriptions",
    "subscription-edit",
    "subscription-update",
    "subscription-remove",
    "why",
    "pin",
    "pins",
    "sites",
    "sites-forget",
    "unpin",
    "fix",
    "failed-hosts",
    "door-add",
    "door-edit",
    "door-remove",
    "doors",
    "connections-close",
    "set",
    "get",
    "diagnose",
    "shutdown",
];

mod code {
    pub(super) const PARSE_ERROR: i32 = -32700;
    pub(super) const INVALID_REQUEST: i32 = -32600;
    pub(super) const METHOD_NOT_FOUND: i32 = -32601;
    pub(super) const INVALID_PARAMS: i32 = -32602;
    pub(super) const FAULT: i32 = -32000;
}

/// Parses a request.
///
/// # Errors
/// A [`ProtocolError`] to send back; the connection remains usable.
pub fn read_request(line: &str) -> Result<RequestMessage, ProtocolError> {
    let value: Value = serde_json::from_str(line).map_err(|error| ProtocolError {
        id: Value::Null,
        code: code::PARSE_ERROR,
        what: format!("the line is not JSON: {error}"),
    })?;
    let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned().unwrap_or(Value::Null);
    let refuse = |code, what: String| ProtocolError { id: id.clone(), code, what };
    let invalid = |what: &str| refuse(code::INVALID_REQUEST, what.to_owned());

    let Value::Object(mut fields) = value else { return Err(invalid("the message is not an object")) };
    if fields.get("jsonrpc") != Some(&json!("2.0")) {
        return Err(invalid("jsonrpc: wanted \"2.0\""));
    }
    let Some(Value::String(method)) = fields.remove("method") else {
        return Err(invalid("method: expected a string"));
    };
    let params = match fields.remove("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(refuse(code::INVALID_PARAMS, "params: expected an object".into())),
    };
    let request = read_method(&method, params).map_err(|(code, what)| refuse(code, what))?;
    Ok(RequestMessage { id, request })
}

/// The error for a line that could not be decoded.
pub fn refuse_line(bad: InvalidLine) -> ProtocolError {
    let what = match bad {
        InvalidLine::TooLong => "the line is too long".to_owned(),
        InvalidLine::NotText => "the line is not UTF-8".to_owned(),
    };
    ProtocolError { id: Value::Null, code: code::PARSE_ERROR, what }
}

fn read_method(method: &str, params: Map<String, Value>) -> Result<Request, (i32, String)> {
    let wrong = |error: serde_json::Error| (code::INVALID_PARAMS, format!("params of {method}: {error}"));
    match method {
        "hello" => {
            let Some(Value::String(version)) = params.get("version") else {
                return Err((code::INVALID_PARAMS, "params of hello: version: expected a string".into()));
            };
            Ok(Request::Hello { version: version.clone() })
        }
        "take-over" => Ok(Request::TakeOver),
        "watch" => Ok(Request::Watch),
        "connections" => Ok(Request::Connections),
        "events" if params.get("follow") == Some(&Value::Bool(true)) => Ok(Request::Follow),
        "events" => Ok(Request::Command(Command::Events)),
        command if METHODS.contains(&command) => read_command(command, params).map_err(wrong).map(Request::Command),
        _ => Err((code::METHOD_NOT_FOUND, "method: unknown name".into())),
    }
}

fn read_command(method: &str, params: Map<String, Value>) -> Result<Command, serde_json::Error> {
    // A command without parameters accepts none, not even an empty object.
    let bare = params.is_empty().then(|| serde_json::from_value(json!({ "method": method })).ok()).flatten();
    bare.map_or_else(|| serde_json::from_value(json!({ "method": method, "params": params })), Ok)
}

/// Serializes a request as one line.
pub fn write_request(message: &RequestMessage) -> String {
    let mut fields = match &message.request {
        Request::Hello { version } => json!({ "method": "hello", "params": { "version": version } }),
        Request::TakeOver => json!({ "method": "take-over" }),
        Request::Watch => json!({ "method": "watch" }),
        Request::Connections => json!({ "method": "connections" }),
        Request::Follow => json!({ "method": "events", "params": { "follow": true } }),
        Request::Command(command) => serde_json::to_value(command).expect("a command is plain JSON"),
    };
    fields["jsonrpc"] = "2.0".into();
    fields["id"] = message.id.clone();
    fields.to_string()
}

/// Serializes a server message as one line.
pub fn write_message(message: &ServerMessage) -> String {
    let value = match message {
        ServerMessage::Response { id, result: Ok(answer) } => json!({ "jsonrpc": "2.0", "id": id, "result": answer }),
        ServerMessage::Response { id, result: Err(fault) } => error(id, code::FAULT, fault),
        ServerMessage::Snapshot(snapshot) => json!({ "jsonrpc": "2.0", "method": "snapshot", "params": snapshot }),
        ServerMessage::Event(event) => json!({ "jsonrpc": "2.0", "method": "event", "params": event }),
        ServerMessage::Connections(changes) => {
            json!({ "jsonrpc": "2.0", "method": "connections", "params": changes })
        }
        ServerMessage::Missed(events) => {
            json!({ "jsonrpc": "2.0", "method": "missed", "params": { "events": events } })
        }
    };
    value.to_string()
}

/// Serializes the response to an invalid line.
pub fn write_error(refusal: &ProtocolError) -> String {
    let fault = Fault::new(FaultCode::BadMessage, refusal.what.clone());
    error(&refusal.id, refusal.code, &fault).to_string()
}

fn error(id: &Value, code: i32, fault: &Fault) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": fault.detail(Locale::English), "data": fault } })
}

/// Parses a server message.
///
/// The error in the line; a server of the same version never sends such a line.
/// What is wrong with the line; a server of the same version never sends such a line.
pub fn read_message(line: &str) -> Result<ServerMessage, String> {
    let mut value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let mut take = |key: &str| value.get_mut(key).map(Value::take);
    let as_text = |error: serde_json::Error| error.to_string();
    if let Some(method) = take("method") {
        let params = take("params").unwrap_or(Value::Null);
        return match method.as_str() {
            Some("snapshot") => serde_json::from_value(params).map(ServerMessage::Snapshot).map_err(as_text),
            Some("event") => serde_json::from_value(params).map(ServerMessage::Event).map_err(as_text),
            Some("connections") => serde_json::from_value(params).map(ServerMessage::Connections).map_err(as_text),
            Some("missed") => Ok(ServerMessage::Missed(params["events"].as_u64().unwrap_or(0))),
            Some(_) | None => Err("an unknown notification".into()),
        };
    }
    let id = take("id").ok_or("neither method nor id")?;
    if let Some(result) = take("result") {
        let answer = serde_json::from_value(result).map_err(as_text)?;
        return Ok(ServerMessage::Response { id, result: Ok(answer) });
    }
    let mut error = take("error").ok_or("neither result nor error")?;
    let fault = serde_json::from_value(error["data"].take()).map_err(as_text)?;
    Ok(ServerMessage::Response { id, result: Err(fault) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::backup::ProgramScope;
    use crate::model::command::{ImportScope, NodeChanges};
    use crate::model::door::DoorChanges;
    use crate::model::preview::ShareForm;
    use crate::model::settings::{Mode, NodeFallback, Strategy};
    use crate::model::subscription::SubscriptionChanges;

    fn commands() -> Vec<Command> {
        let node = || "abc".to_owned();
        vec![
            Command::Status,
            Command::Connect { node: Some(node()) },
            Command::Connect { node: None },
            Command::Disconnect,
            Command::ClusterOn { group: None, size: Some(3), strategy: Some(Strategy::LeastCpu) },
            Command::ClusterOff,
            Command::Mode { mode: Mode::Global },
            Command::Import { texts: vec!["x\ny".into()], scope: ImportScope::NodesAndSettings },
            Command::Preview { texts: vec!["x\ny".into(), "z".into()] },
            Command::Propose { text: "x\ny".into() },
            Command::Proposals,
            Command::Nodes,
            Command::Share { node: node() },
            Command::ShareMany { nodes: vec![node()], form: ShareForm::Sip008 },
            Command::BackupTake,
            Command::BackupPreview { text: "{}".into() },
            Command::BackupRestore { text: "{}".into(), programs: ProgramScope::All },
            Command::BackupUndo,
            Command::NodeEdit { node: node(), changes: NodeChanges { weight: Some(2), ..NodeChanges::default() } },
            Command::PluginAllow { node: node() },
            Command::NodeRemove { node: node() },
            Command::NodesRemove { nodes: vec![node()] },
            Command::NodesRestore,
            Command::NodesMove { nodes: vec![node()], before: None },
            Command::NodeReplace { node: node(), link: "ss://x".into() },
            Command::Show { page: crate::model::Page::Settings },
            Command::Test { nodes: vec![node()] },
            Command::Why { host: "a.test".into(), program: Some("curl".into()), door: None },
            Command::Pin {
                traffic: "app:curl@a.test".into(),
                to: node(),
                fallback: NodeFallback::Fail,
                place: Some(1),
            },
            Command::Pins,
            Command::Sites,
            Command::SitesForget { site: Some("a.test".into()) },
            Command::Unpin { traffic: "a.test".into() },
            Command::Fix { site: "a.test:80".into() },
            Command::FailedHosts,
            Command::DoorAdd {
                name: "jp".into(),
                changes: DoorChanges { to: Some("country:JP".into()), ..DoorChanges::default() },
            },
            Command::DoorEdit { name: "jp".into(), changes: DoorChanges::default() },
            Command::DoorRemove { name: "jp".into() },
            Command::Doors,
            Command::ConnectionsClose { ids: vec![1, u64::MAX] },
            Command::RulesTest { url: "http://a.test/x".into(), program: None },
            Command::RulesReload,
            Command::RulesText,
            Command::RulesWrite { text: "||a.test\n".into() },
            Command::AclText,
            Command::AclWrite { text: String::new() },
            Command::PacList,
            Command::PacUpdate,
            Command::SubscriptionPreview { url: "https://a.test/x".into() },
            Command::SubscriptionAdd { url: "https://a.test/x".into(), name: None, update_h: Some(0) },
            Command::Subscriptions,
            Command::SubscriptionEdit { name: "a".into(), changes: SubscriptionChanges::default() },
            Command::SubscriptionUpdate { name: None },
            Command::SubscriptionRemove { name: "a".into() },
            Command::Set { changes: [("a".to_owned(), "b".to_owned())].into() },
            Command::Get { key: None },
            Command::Events,
            Command::Diagnose,
            Command::Shutdown,
        ]
    }

    #[test]
    fn every_request_round_trips() {
        let hello = Request::Hello { version: "1".into() };
        let own = [hello, Request::TakeOver, Request::Watch, Request::Follow, Request::Connections];
        for request in own.into_iter().chain(commands().into_iter().map(Request::Command)) {
            let message = RequestMessage { id: 7.into(), request };
            let line = write_request(&message);
            assert!(!line.contains('\n'));
            assert_eq!(read_request(&line), Ok(message), "{line}");
        }
    }

    #[test]
    fn every_command_is_a_method() {
        let unknown = serde_json::from_value::<Command>(json!({ "method": "" })).unwrap_err().to_string();
        let commands: Vec<_> = unknown.split('`').skip(3).step_by(2).collect();
        assert!(commands.len() > METHODS.len(), "{unknown}");
        for command in commands {
            assert!(METHODS.contains(&command) || command == "events", "{command} cannot be called");
        }
    }

    #[test]
    fn params_may_be_left_out_or_empty() {
        for params in ["", r#","params":null"#, r#","params":{}"#] {
            let read =
                |method: &str| read_request(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"{params}}}"#));
            assert_eq!(read("status").unwrap().request, Request::Command(Command::Status));
            assert_eq!(read("connect").unwrap().request, Request::Command(Command::Connect { node: None }));
            assert_eq!(read("events").unwrap().request, Request::Command(Command::Events));
        }
    }

    #[test]
    fn errors_name_the_cause_and_the_position() {
        let refused = |line: &str| {
            let refusal = read_request(line).unwrap_err();
            (refusal.id, refusal.code, refusal.what)
        };
        let with = |rest: &str| refused(&format!(r#"{{"jsonrpc":"2.0","id":"a",{rest}}}"#));
        let (id, code, what) = refused("{\"a\":");
        assert_eq!((id, code), (Value::Null, -32700));
        assert!(what.contains("column 5"), "{what}");
        assert_eq!(refused("[]"), (Value::Null, -32600, "the message is not an object".into()));
        assert_eq!(refused(r#"{"id":3}"#), (3.into(), -32600, "jsonrpc: wanted \"2.0\"".into()));
        assert_eq!(with(r#""method":3"#), ("a".into(), -32600, "method: expected a string".into()));
        assert_eq!(with(r#""method":"fly""#).1, -32601);
        assert_eq!(with(r#""method":"mode","params":[1]"#).2, "params: expected an object");
        let (_, code, what) = with(r#""method":"mode","params":{"mode":"fast"}"#);
        assert_eq!(code, -32602);
        assert!(what.starts_with("params of mode: ") && what.contains("`fast`"), "{what}");
        assert!(with(r#""method":"cluster-on","params":{"size":"3"}"#).2.contains("invalid type"));
    }

    #[test]
    fn every_message_round_trips() {
        let fault = Fault::new(FaultCode::PortInUse, "it is used by nginx (process 12)");
        let event = Event { at: 5, kind: crate::model::EventKind::Disconnected };
        let message = [
            ServerMessage::Response { id: 1.into(), result: Ok(CallResult::Reply(Reply::Done)) },
            ServerMessage::Response { id: 1.into(), result: Ok(CallResult::Reply(Reply::Link("ss://x".into()))) },
            ServerMessage::Response { id: 1.into(), result: Ok(CallResult::Hello { version: "1".into() }) },
            ServerMessage::Response { id: Value::Null, result: Err(fault) },
            ServerMessage::Event(event),
            ServerMessage::Missed(4),
        ];
        for message in message {
            assert_eq!(read_message(&write_message(&message)), Ok(message));
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in ".*", method in "[a-z-]*", params in ".*") {
            let _ = read_request(&line);
            let _ = read_message(&line);
            let _ = read_request(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"a": params}}).to_string());
        }
    }
}
