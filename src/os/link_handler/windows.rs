//! Windows: the user's classes in the registry. The previous handler is kept there, and restored when this program is
//! unregistered.
//! <https://learn.microsoft.com/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa767914(v=vs.85)>

use std::io;

use windows_registry::CURRENT_USER;

use super::LinkHandler;
use crate::os::{command_line, registry};

/// The schemes, each with the description of its links.
const SCHEMES: [(&str, &str); 3] =
    [("ss", "URL:Shadowsocks"), ("ssr", "URL:ShadowsocksR"), ("ssconf", "URL:Shadowsocks access key")];

/// The value in which the previous handler's command is kept.
const BEFORE: &str = "BeforeSluice";

pub(super) fn register(handler: &LinkHandler) -> io::Result<()> {
    SCHEMES.into_iter().try_for_each(|(scheme, name)| register_scheme(handler, &class(scheme), name))
}

pub(super) fn unregister(handler: &LinkHandler) -> io::Result<()> {
    SCHEMES.into_iter().try_for_each(|(scheme, _)| unregister_scheme(handler, &class(scheme)))
}

fn class(scheme: &str) -> String {
    format!(r"Software\Classes\{scheme}")
}

fn register_scheme(handler: &LinkHandler, class: &str, name: &str) -> io::Result<()> {
    let before = command_of(class)?.filter(|command| !is_ours(command, handler));
    let key = CURRENT_USER.create(class)?;
    let command = key.create(r"shell\open\command")?;
    if let Some(before) = before {
        command.set_string(BEFORE, before)?;
    } else {
        key.set_string("", name)?;
        key.set_string("URL Protocol", "")?;
        key.create("DefaultIcon")?.set_string("", format!("\"{}\",0", handler.program.display()))?;
    }
    command.set_string("", format!("{} \"%1\"", command_line::of(&handler.program, &handler.arguments)))?;
    Ok(())
}

fn unregister_scheme(handler: &LinkHandler, class: &str) -> io::Result<()> {
    if !command_of(class)?.is_some_and(|command| is_ours(&command, handler)) {
        return Ok(());
    }
    let commands = command_key(class);
    match registry::text(&commands, BEFORE)? {
        Some(before) => {
            registry::existing(&commands)?.set_string("", before)?;
            registry::remove(&commands, BEFORE)
        }
        None => Ok(CURRENT_USER.remove_tree(class)?),
    }
}

fn command_key(class: &str) -> String {
    format!(r"{class}\shell\open\command")
}

fn command_of(class: &str) -> io::Result<Option<String>> {
    registry::text(&command_key(class), "")
}

/// Compares only the file name: an earlier installation may have been in another folder.
fn is_ours(command: &str, handler: &LinkHandler) -> bool {
    let name = handler.program.file_name().unwrap_or_default().to_string_lossy();
    let program =
        command.strip_prefix('"').and_then(|rest| rest.split_once('"')).map_or(command, |(program, _)| program);
    program.rsplit(['\\', '/']).next().is_some_and(|file| file.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handler() -> LinkHandler {
        LinkHandler { program: r"C:\my programs\sluice-tray.exe".into(), arguments: vec!["open".into()] }
    }

    /// A class of the test's own: `ss` and `ssr` are shared.
    #[test]
    fn unregistering_restores_the_previous_handler() {
        let class = r"Software\Classes\sluice-test";
        register_scheme(&handler(), class, "URL:Test").unwrap();
        let ours = r#""C:\my programs\sluice-tray.exe" open "%1""#;
        assert_eq!(command_of(class).unwrap().as_deref(), Some(ours));
        assert_eq!(registry::text(class, "URL Protocol").unwrap().as_deref(), Some(""));
        unregister_scheme(&handler(), class).unwrap();
        assert_eq!(registry::text(class, "").unwrap(), None);

        let other = r#""C:\other\Shadowsocks.exe" --open-url "%1""#;
        CURRENT_USER.create(command_key(class)).unwrap().set_string("", other).unwrap();
        unregister_scheme(&handler(), class).unwrap();
        assert_eq!(command_of(class).unwrap().as_deref(), Some(other), "another program's is not touched");
        register_scheme(&handler(), class, "URL:Test").unwrap();
        register_scheme(&handler(), class, "URL:Test").unwrap();
        assert_eq!(command_of(class).unwrap().as_deref(), Some(ours));
        unregister_scheme(&handler(), class).unwrap();
        assert_eq!(command_of(class).unwrap().as_deref(), Some(other));
        CURRENT_USER.remove_tree(class).unwrap();
    }
}
