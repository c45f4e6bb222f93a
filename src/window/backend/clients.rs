//! Finds the configuration files of other clients in their usual places. They are read only when the user asks for it, and
//! never changed.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::effects::ClientFile;
use crate::os::folders::UserFolders;

/// The largest file that is read, in bytes: lists with thousands of nodes are smaller.
const MAX_BYTES: u64 = 8 << 20;
/// Files that are read in one folder.
const MAX_FILES: usize = 32;

/// Reads the files, client by client.
pub(super) fn find(user: &UserFolders) -> Vec<ClientFile> {
    let mut found: Vec<ClientFile> = Vec::new();
    for (client, place) in places(user) {
        let files = if place.is_dir() { files_in(&place) } else { vec![place] };
        for path in files.into_iter().take(MAX_FILES) {
            let is_new = !found.iter().any(|file| file.path == path);
            if let Some(bytes) = is_new.then(|| read(&path)).flatten() {
                found.push(ClientFile { client, path, bytes });
            }
        }
    }
    found
}

/// Files, and folders with a file for each list. Those in `/etc` are not among them: Debian's are of a server that runs on
/// this machine.
fn places(user: &UserFolders) -> Vec<(&'static str, PathBuf)> {
    let UserFolders { home, config, data } = user;
    let verge = "io.github.clash-verge-rev.clash-verge-rev";
    vec![
        ("shadowsocks-electron", config.join("shadowsocks-electron/gui-config.json")),
        ("electron-ssr", config.join("electron-ssr/gui-config.json")),
        ("shadowsocks-rust", config.join("shadowsocks-rust/config.json")),
        ("shadowsocks-libev", config.join("shadowsocks-libev/config.json")),
        ("shadowsocks", config.join("shadowsocks/config.json")),
        ("shadowsocks", home.join(".shadowsocks.json")),
        ("shadowsocks-windows", home.join("scoop/persist/shadowsocks/gui-config.json")),
        ("shadowsocksr-windows", home.join("scoop/persist/shadowsocksr/gui-config.json")),
        ("Clash", home.join(".config/clash/config.yaml")),
        ("Clash", home.join(".config/clash/profiles")),
        ("mihomo", home.join(".config/mihomo/config.yaml")),
        ("Clash Verge", data.join(verge).join("profiles")),
        ("Clash Verge", config.join(verge).join("profiles")),
        ("Clash Nyanpasu", config.join("clash-nyanpasu/profiles")),
    ]
}

/// The lists in a folder, sorted by name.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let is_list = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| ["yaml", "yml", "json"].contains(&extension))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(1_000);
    let mut files: Vec<_> = entries.map(|entry| entry.path()).filter(is_list).collect();
    files.sort();
    files
}

/// The bytes of a file; `None` if there is none, or it is too large or unreadable.
fn read(path: &Path) -> Option<Vec<u8>> {
    let length = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
    if length > MAX_BYTES { None } else { fs::read(path).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_known_clients_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_owned();
        let user = UserFolders { config: home.join(".config"), data: home.join(".local/share"), home: home.clone() };
        let write = |path: &str, text: &str| {
            let path = home.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let own = |found: Vec<ClientFile>| -> Vec<_> {
            found.into_iter().map(|file| (file.client, String::from_utf8(file.bytes).unwrap())).collect()
        };
        assert_eq!(own(find(&user)), []);
        write(".config/electron-ssr/gui-config.json", "1");
        write(".config/clash/profiles/b.yml", "3");
        write(".config/clash/profiles/a.yaml", "2");
        write(".config/clash/profiles/cache.db", "no list");
        write(".config/other/gui-config.json", "nobody's");
        fs::create_dir_all(home.join(".config/mihomo/config.yaml")).unwrap();
        let found =
            [("electron-ssr", "1"), ("Clash", "2"), ("Clash", "3")].map(|(client, text)| (client, text.to_owned()));
        assert_eq!(own(find(&user)), found);
        fs::File::create(home.join(".shadowsocks.json")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(own(find(&user)), found, "a file that is far too large is left alone");
    }
}
