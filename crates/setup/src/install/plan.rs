//! The steps of an installation, in their order.

use testkeep_domain::progress::PlannedStep;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    CreateFolders,
    CopyPrograms,
    WriteSecrets,
    WriteConfiguration,
    PrepareDatabase,
    InstallLicense,
    CreateAccount,
    RegisterService,
    StartServer,
    Finish,
}

impl Step {
    /// License and account come before the start, so that the server is completely set up when it answers.
    pub const ALL: [Self; 10] = [
        Self::CreateFolders,
        Self::CopyPrograms,
        Self::WriteSecrets,
        Self::WriteConfiguration,
        Self::PrepareDatabase,
        Self::InstallLicense,
        Self::CreateAccount,
        Self::RegisterService,
        Self::StartServer,
        Self::Finish,
    ];

    pub fn name(self) -> &'static str {
        self.words().0
    }

    pub fn title(self) -> &'static str {
        self.words().1
    }

    /// Name, title, and the progress in percent after the step, from measured times, rounded.
    fn words(self) -> (&'static str, &'static str, u8) {
        match self {
            Self::CreateFolders => ("create_folders", "Create folders", 5),
            Self::CopyPrograms => ("copy_programs", "Copy programs", 30),
            Self::WriteSecrets => ("write_secrets", "Create keys", 33),
            Self::WriteConfiguration => ("write_configuration", "Write configuration", 36),
            Self::PrepareDatabase => ("prepare_database", "Prepare database", 50),
            Self::InstallLicense => ("install_license", "Install license", 62),
            Self::CreateAccount => ("create_account", "Create owner account", 75),
            Self::RegisterService => ("register_service", "Register service", 80),
            Self::StartServer => ("start_server", "Start server", 95),
            Self::Finish => ("finish", "Finish", 100),
        }
    }

    pub(super) fn percent_after(self) -> u8 {
        self.words().2
    }

    pub(super) fn percent_before(self) -> u8 {
        Self::ALL.into_iter().take_while(|step| *step < self).last().map_or(0, Self::percent_after)
    }
}

pub(super) fn planned() -> Vec<PlannedStep> {
    let plan = |step: Step| PlannedStep { name: step.name().into(), title: step.title().into() };
    Step::ALL.into_iter().map(plan).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_rise_to_a_hundred() {
        assert!(Step::ALL.is_sorted_by_key(|step| step.percent_after()));
        assert_eq!(Step::ALL[0].percent_before(), 0);
        assert_eq!(Step::Finish.percent_after(), 100);
        assert_eq!(Step::CopyPrograms.percent_before(), Step::CreateFolders.percent_after());
    }
}
