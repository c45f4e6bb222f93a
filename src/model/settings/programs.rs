//! Settings that name programs to run. Settings from elsewhere, such as a backup, may name any program, so these are
//! taken over only with the user's consent.

use super::Settings;

/// The keys of settings that name programs to run.
pub const PROGRAM_KEYS: [&str; 3] = ["members.ss_local", "members.ssr_local", "members.plugins"];

impl Settings {
    /// Settings from elsewhere, without the programs that `own` does not name.
    #[must_use]
    pub fn with_programs_of(mut self, own: &Self) -> Self {
        let (theirs, own) = (&mut self.members, &own.members);
        for (program, known) in [(&mut theirs.ss_local, &own.ss_local), (&mut theirs.ssr_local, &own.ssr_local)] {
            if program.is_some() {
                program.clone_from(known);
            }
        }
        theirs.plugins.retain(|plugin| own.plugins.contains(plugin));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_programs_are_not_taken_over() {
        let with = |ss_local: Option<&str>, plugins: &[&str]| {
            let mut settings = Settings::default();
            settings.members.ss_local = ss_local.map(Into::into);
            settings.members.ssr_local = ss_local.map(Into::into);
            settings.members.plugins = plugins.iter().map(|plugin| (*plugin).to_owned()).collect();
            settings
        };
        let taken = |theirs: &Settings, own: &Settings| theirs.clone().with_programs_of(own);
        assert_eq!(taken(&with(Some("/tmp/x"), &["x", "y"]), &with(None, &["y", "z"])), with(None, &["y"]));
        assert_eq!(taken(&with(Some("/tmp/x"), &[]), &with(Some("/bin/a"), &[])), with(Some("/bin/a"), &[]));
        assert_eq!(
            taken(&with(None, &[]), &with(Some("/bin/a"), &["y"])),
            with(None, &[]),
            "naming fewer programs is allowed"
        );
        let own = with(Some("/bin/a"), &["y"]);
        assert_eq!(taken(&own, &own), own);
    }

    #[test]
    fn the_keys_are_keys() {
        let listing = Settings::default().listing();
        for key in PROGRAM_KEYS {
            assert!(listing.iter().any(|(known, _)| known == key), "{key}");
        }
    }
}
