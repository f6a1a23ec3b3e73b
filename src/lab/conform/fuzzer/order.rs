//! What an address asks for.

use url::form_urlencoded;

use super::case::Case;
use super::refusal::Refusal;
use crate::text::disarmed;

/// The longest name of an agent, in bytes.
const LONGEST: usize = 200;

/// What an address asks for; cases are places in their list, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// How many cases there are.
    Count,
    /// What a case is about.
    Info(usize),
    /// How a case ended.
    Status(usize, String),
    /// A case.
    Run(usize, String),
    /// That this agent has done with it.
    Update(String),
}

impl Order {
    /// Reads a target.
    ///
    /// # Errors
    /// What to answer where it is none of the addresses.
    pub fn parse(target: &str, cases: &[Case]) -> Result<Self, Refusal> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = Query(query);
        match path {
            "/getCaseCount" => Ok(Self::Count),
            "/getCaseInfo" => query.case(cases).map(Self::Info),
            "/getCaseStatus" => Ok(Self::Status(query.case(cases)?, query.agent()?)),
            "/runCase" => Ok(Self::Run(query.case(cases)?, query.agent()?)),
            "/updateReports" => query.agent().map(Self::Update),
            _ => Err(Refusal::unknown(
                "there are /getCaseCount, /getCaseInfo?case=N, /runCase?case=N&agent=A, /getCaseStatus?case=N&agent=A \
                 and /updateReports?agent=A",
            )),
        }
    }
}

struct Query<'a>(&'a str);

impl Query<'_> {
    fn value(&self, name: &str) -> Result<Option<String>, Refusal> {
        let mut values = form_urlencoded::parse(self.0.as_bytes()).filter(|(other, _)| other == name);
        let value = values.next().map(|(_, value)| value.into_owned());
        match values.next() {
            Some(_) => Err(Refusal::bad(format!("`{name}` is there twice"))),
            None => Ok(value),
        }
    }

    fn agent(&self) -> Result<String, Refusal> {
        let agent = self.value("agent")?.filter(|agent| !agent.is_empty());
        let agent = agent.ok_or_else(|| Refusal::bad("`agent=NAME` is missing"))?;
        if agent.len() > LONGEST {
            return Err(Refusal::bad(format!("`agent` has more than {LONGEST} bytes")));
        }
        // It ends on terminals and in pages.
        Ok(disarmed(&agent))
    }

    /// By its number in the list, from 1, or by its name: `casetuple=1.1.1`.
    fn case(&self, cases: &[Case]) -> Result<usize, Refusal> {
        if let Some(number) = self.value("case")? {
            let place = number.parse().ok().and_then(|number: usize| number.checked_sub(1));
            let place = place.filter(|place| *place < cases.len());
            return place.ok_or_else(|| Refusal::unknown(format!("`case` is a number from 1 to {}", cases.len())));
        }
        let name = self.value("casetuple")?.ok_or_else(|| Refusal::bad("`case=N` is missing"))?;
        let place = cases.iter().position(|case| case.id.to_string() == name.trim());
        place.ok_or_else(|| Refusal::unknown("`casetuple` is no case of this run, such as 1.1.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(target: &str) -> Result<Order, &'static str> {
        let cases = super::super::cases::all();
        Order::parse(target, &cases[..3]).map_err(|refusal| refusal.status)
    }

    #[test]
    fn addresses_are_those_of_the_autobahn_suite() {
        assert_eq!(parse("/getCaseCount"), Ok(Order::Count));
        assert_eq!(parse("/getCaseInfo?case=3"), Ok(Order::Info(2)));
        assert_eq!(parse("/runCase?case=1&agent=My%20Client%2F1.0"), Ok(Order::Run(0, "My Client/1.0".to_owned())));
        assert_eq!(parse("/runCase?agent=a+b&casetuple=1.1.2"), Ok(Order::Run(1, "a b".to_owned())));
        assert_eq!(parse("/getCaseStatus?case=2&agent=a"), Ok(Order::Status(1, "a".to_owned())));
        assert_eq!(parse("/updateReports?agent=a&shutdownOnComplete=true"), Ok(Order::Update("a".to_owned())));
    }

    #[test]
    fn what_is_no_address_is_answered_with_words() {
        let (unknown, bad) = (Err("404 Not Found"), Err("400 Bad Request"));
        for target in ["/", "", "/runcase", "*", "/runCase?case=0&agent=a", "/runCase?case=4&agent=a"] {
            assert_eq!(parse(target), unknown, "{target}");
        }
        for target in ["/getCaseInfo?case=-1", "/getCaseInfo?case=x", "/getCaseInfo?casetuple=99.1"] {
            assert_eq!(parse(target), unknown, "{target}");
        }
        for target in ["/runCase?case=1", "/runCase?agent=a", "/runCase?case=1&case=2&agent=a", "/updateReports?agent="]
        {
            assert_eq!(parse(target), bad, "{target}");
        }
        assert_eq!(parse(&format!("/updateReports?agent={}", "x".repeat(201))), bad);
    }

    #[test]
    fn an_agent_is_data() {
        assert_eq!(parse("/updateReports?agent=%1b%5b31m"), Ok(Order::Update("\u{fffd}[31m".to_owned())));
        assert_eq!(parse("/updateReports?agent=%ff"), Ok(Order::Update("\u{fffd}".to_owned())));
    }
}
