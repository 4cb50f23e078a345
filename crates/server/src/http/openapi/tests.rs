//! What the linter of the NL API Design Rules checks, on every operation.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn document() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

/// Every operation as (method, path, itself).
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if matches!(method.as_str(), "get" | "post" | "put" | "patch" | "delete") {
                found.push((method.clone(), path.clone(), operation.clone()));
            }
        }
    }
    found
}

#[test]
fn every_success_declares_the_api_version_and_every_failure_a_problem() {
    let document = document();
    let operations = operations(&document);
    assert_eq!(operations.len(), 29);
    for (method, path, operation) in operations {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let at = format!("{method} {path} {status}");
            assert!(response["headers"]["API-Version"].is_object(), "{at}");
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Probleem", "{at}");
            }
        }
        assert!(operation["responses"]["400"].is_object(), "{method} {path}");
    }
    let members = &document["components"]["schemas"]["Probleem"]["properties"];
    for member in [
        "status",
        "title",
        "detail",
        "type",
        "instance",
        "code",
        "invalidParams",
    ] {
        assert!(members[member].is_object(), "{member}");
    }
}

#[test]
fn paths_are_kebab_case_nouns_and_query_parameters_camel_case() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        for segment in path.split('/').skip(1) {
            let noun = segment.trim_start_matches('{').trim_end_matches('}');
            assert!(
                !noun.is_empty() && noun.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{path}"
            );
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            if parameter["in"] == "query" {
                assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
                assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
            }
            if parameter["in"] == "path" {
                assert!(
                    path.contains(&format!("{{{name}}}")),
                    "{method} {path}: {name}"
                );
            }
        }
    }
}

#[test]
fn the_document_says_what_it_is_and_whom_to_ask() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert_eq!(document["info"]["version"], API_VERSION);
    for member in ["name", "email", "url"] {
        assert!(document["info"]["contact"][member].is_string(), "{member}");
    }
    for server in document["servers"].as_array().unwrap() {
        assert_eq!(server["url"], "/v1");
    }
    assert_eq!(
        API_VERSION.split('.').next(),
        Some("1"),
        "the path holds the first number"
    );
}

#[test]
fn what_is_a_day_is_declared_as_one_and_schemas_have_names() {
    fn walk(value: &Value, at: &str) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let day = name.to_lowercase().ends_with("datum")
                        || name.to_lowercase().ends_with("date");
                    if day && member["type"].is_string() {
                        assert_eq!(member["format"], "date", "{at}/{name}");
                    }
                    walk(member, &format!("{at}/{name}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, at)),
            _ => {}
        }
    }
    let document = document();
    walk(&document["components"]["schemas"], "");
    for name in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_ids_of_operations_are_unique() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found.insert(reference.clone());
                }
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let target = document.pointer(reference.strip_prefix('#').unwrap());
        assert!(target.is_some(), "{reference}");
    }
    let operations = operations(&document);
    let ids: BTreeSet<&str> = operations
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), operations.len());
}
